import numpy as np

N_IN, N_HID, N_OUT = 3, 4, 2
rng = np.random.RandomState(2)
w_ih = rng.uniform(-0.7, 0.7, (N_IN, N_HID))
w_ho = rng.uniform(-0.7, 0.7, (N_HID, N_OUT))
bias_h = np.zeros(N_HID)
bias_o = np.zeros(N_OUT)


def logistic(v):
    return 1.0 / (1.0 + np.exp(-v))


def propagate(sample):
    hid = np.zeros(N_HID)
    for j in range(N_HID):
        total = bias_h[j]
        for i in range(N_IN):
            total += sample[i] * w_ih[i, j]
        hid[j] = logistic(total)
    out = np.zeros(N_OUT)
    for k in range(N_OUT):
        total = bias_o[k]
        for j in range(N_HID):
            total += hid[j] * w_ho[j, k]
        out[k] = logistic(total)
    return hid, out


def backpropagate(sample, target, hid, out, eta):
    delta_out = np.zeros(N_OUT)
    for k in range(N_OUT):
        error = target[k] - out[k]
        delta_out[k] = error * out[k] * (1.0 - out[k])
    delta_hid = np.zeros(N_HID)
    for j in range(N_HID):
        error = 0.0
        for k in range(N_OUT):
            error += delta_out[k] * w_ho[j, k]
        delta_hid[j] = error * hid[j] * (1.0 - hid[j])
    for j in range(N_HID):
        for k in range(N_OUT):
            w_ho[j, k] += eta * delta_out[k] * hid[j]
    for k in range(N_OUT):
        bias_o[k] += eta * delta_out[k]
    for i in range(N_IN):
        for j in range(N_HID):
            w_ih[i, j] += eta * delta_hid[j] * sample[i]
    for j in range(N_HID):
        bias_h[j] += eta * delta_hid[j]
    return 0.5 * np.sum((target - out) ** 2)


patterns = rng.rand(10, N_IN)
answers = np.column_stack([patterns[:, 0] > patterns[:, 1], patterns.sum(1) > 1.5]).astype(float)
for epoch in range(30):
    total_error = 0.0
    for sample, target in zip(patterns, answers):
        hid, out = propagate(sample)
        total_error += backpropagate(sample, target, hid, out, 0.5)
    if epoch % 10 == 0:
        print("epoch", epoch, "error", total_error)
