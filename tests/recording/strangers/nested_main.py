import numpy as np
import matplotlib.pyplot as plt


def main():
    rng = np.random.default_rng(0)
    x = np.linspace(-3, 3, 80).reshape(-1, 1)
    t = np.sin(2 * x) + 0.1 * rng.normal(size=x.shape)

    theta = {
        'W1': rng.normal(scale=1.0, size=(1, 20)), 'b1': rng.normal(size=20),
        'W2': rng.normal(scale=0.3, size=(20, 1)), 'b2': np.zeros(1),
    }

    def forward(inp):
        h = np.tanh(inp @ theta['W1'] + theta['b1'])
        return h, h @ theta['W2'] + theta['b2']

    def grad(inp, target):
        h, out = forward(inp)
        d = 2 * (out - target) / len(inp)
        back = (d @ theta['W2'].T) * (1 - h * h)
        return {'W1': inp.T @ back, 'b1': back.sum(0), 'W2': h.T @ d, 'b2': d.sum(0)}

    curve = []
    for step in range(1500):
        g = grad(x, t)
        for name in theta:
            theta[name] -= 0.02 * g[name]
        curve.append(np.mean((forward(x)[1] - t) ** 2))
    plt.semilogy(curve)
    plt.savefig('curve.png')
    print(curve[0], curve[-1])


if __name__ == '__main__':
    main()
