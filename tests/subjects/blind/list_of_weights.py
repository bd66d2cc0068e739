import numpy as np

class NeuralNetwork:
    def __init__(self, layer_shape):
        self.layers = len(layer_shape)
        self.weights = []
        for i in range(len(layer_shape) - 1):
            self.weights.append(np.random.normal(loc=0.0, scale=1.0, size=(layer_shape[i + 1], layer_shape[i] + 1)))

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def Feedforward(self, input, Train=False):
        n = np.shape(input)[0]
        output_list = [input]
        output = input
        for i in range(self.layers - 1):
            output = self.sigmoid(np.dot(np.concatenate((np.ones((n, 1)), output), 1), self.weights[i].T))
            output_list.append(output)
        if not Train:
            return output_list[-1]
        return output_list

    def CostFunction(self, input, target):
        output = self.Feedforward(input)
        error = (target - output) ** 2
        return 0.5 * np.sum(error) / len(input)

    def Weight_Grad(self, input, target):
        output_list = self.Feedforward(input, Train=True)
        n = len(input)
        deltas = []
        for i in range(self.layers - 1):
            if i == 0:
                error = target - output_list[-1]
                deltas.append(-1 * np.multiply(error, np.multiply(output_list[-1], 1 - output_list[-1])))
            else:
                deltas.append(np.multiply(np.dot(deltas[-1], self.weights[-i][:, 1:]), output_list[-i - 1] * (1 - output_list[-i - 1])))
        deltas.reverse()
        grads = []
        for i in range(len(self.weights)):
            grads.append((1 / n) * np.dot(deltas[i].T, np.concatenate((np.ones((n, 1)), output_list[i]), 1)))
        return grads
