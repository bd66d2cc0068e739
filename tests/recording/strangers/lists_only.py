# perceptron with one hidden layer, no libraries
import random, math
random.seed(0)

def dot(a, b): return sum(x * y for x, y in zip(a, b))
def sig(z): return 1 / (1 + math.exp(-z))

NI, NH = 2, 3
wh = [[random.uniform(-1, 1) for _ in range(NI)] for _ in range(NH)]
bh = [0.0] * NH
wo = [random.uniform(-1, 1) for _ in range(NH)]
bo = 0.0
samples = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
rate = 0.8

for epoch in range(3000):
    err = 0
    random.shuffle(samples)
    for x, t in samples:
        h = [sig(dot(wh[j], x) + bh[j]) for j in range(NH)]
        y = sig(dot(wo, h) + bo)
        err += 0.5 * (t - y) ** 2
        dy = (y - t) * y * (1 - y)
        dh = [dy * wo[j] * h[j] * (1 - h[j]) for j in range(NH)]
        for j in range(NH):
            wo[j] -= rate * dy * h[j]
            for i in range(NI):
                wh[j][i] -= rate * dh[j] * x[i]
            bh[j] -= rate * dh[j]
        bo -= rate * dy
    if epoch % 1000 == 0:
        print(epoch, err)
