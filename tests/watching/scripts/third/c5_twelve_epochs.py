import numpy as np

rng = np.random.RandomState(5)
x = np.linspace(-3, 3, 80).reshape(-1, 1)
t = np.sin(x)

hidden_size = 20
learning_rate = 0.05
epochs = 12

w_hidden = rng.normal(0, 1, (1, hidden_size))
b_hidden = np.zeros(hidden_size)
w_out = rng.normal(0, 1 / np.sqrt(hidden_size), (hidden_size, 1))
b_out = np.zeros(1)

for epoch in range(epochs):
    h = np.tanh(x @ w_hidden + b_hidden)
    pred = h @ w_out + b_out
    error = pred - t
    mse = (error ** 2).mean()
    g_pred = 2 * error / len(x)
    g_w_out = h.T @ g_pred
    g_b_out = g_pred.sum(0)
    g_h = g_pred @ w_out.T * (1 - h ** 2)
    g_w_hidden = x.T @ g_h
    g_b_hidden = g_h.sum(0)
    w_out -= learning_rate * g_w_out
    b_out -= learning_rate * g_b_out
    w_hidden -= learning_rate * g_w_hidden
    b_hidden -= learning_rate * g_b_hidden
    if epoch % 4 == 0:
        print(f"epoch {epoch}: mse {mse:.4f}")
print("r2", 1 - mse / t.var())
