import numpy as np

np.random.seed(171)
images = np.random.rand(30, 16).astype(np.float32)
labels = np.random.randint(0, 4, 30)
onehot = np.zeros((30, 4), dtype=np.float32)
onehot[np.arange(30), labels] = 1
reg = np.float32(0.01)

W1 = (0.3 * np.random.randn(16, 9)).astype(np.float32)
b1 = np.zeros(9, dtype=np.float32)
W2 = (0.3 * np.random.randn(9, 4)).astype(np.float32)
b2 = np.zeros(4, dtype=np.float32)


def forward(x):
    z1 = x.dot(W1) + b1
    a1 = np.log1p(np.exp(z1))
    z2 = a1.dot(W2) + b2
    z2 -= z2.max(axis=1, keepdims=True)
    ez = np.exp(z2)
    return z1, a1, ez / ez.sum(axis=1, keepdims=True)


for epoch in range(100):
    z1, a1, probs = forward(images)
    data_loss = -np.sum(onehot * np.log(probs)) / len(images)
    reg_loss = 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    loss = data_loss + reg_loss
    if epoch % 25 == 0:
        print("loss: %f" % loss)

    dscores = (probs - onehot) / len(images)
    dW2 = a1.T.dot(dscores)
    db2 = dscores.sum(axis=0)
    da1 = dscores.dot(W2.T)
    dz1 = da1 / (1 + np.exp(-z1))
    dW1 = images.T.dot(dz1)
    db1 = dz1.sum(axis=0)

    dW2 += reg * W2
    dW1 += reg * W1

    W1 -= 0.5 * dW1
    b1 -= 0.5 * db1
    W2 -= 0.5 * dW2
    b2 -= 0.5 * db2
