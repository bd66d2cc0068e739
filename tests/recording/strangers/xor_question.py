# My XOR network, it should converge but I am not sure the gradient is ok
import numpy as np
np.random.seed(42)

data = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
w_hidden = np.random.uniform(-1, 1, (2, 3))
b_hidden = np.zeros(3)
w_out = np.random.uniform(-1, 1, 3)
b_out = 0.0
lr = 0.3

def act(z): return np.tanh(z)

for epoch in range(2000):
    total = 0
    for inp, target in data:
        x = np.array(inp)
        h = act(x @ w_hidden + b_hidden)
        o = 1/(1+np.exp(-(h @ w_out + b_out)))
        total += -(target*np.log(o) + (1-target)*np.log(1-o))
        d_o = o - target
        d_w_out = d_o * h
        d_h = d_o * w_out * (1 - h**2)
        d_w_hidden = np.outer(x, d_h)
        w_out -= lr*d_w_out
        b_out -= lr*d_o
        w_hidden -= lr*d_w_hidden
        b_hidden -= lr*d_h
    if epoch % 500 == 0:
        print(epoch, total/len(data))
