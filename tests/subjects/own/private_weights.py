"""Sigmoids and private weights with the bias inside, gradients that need the outputs of all layers."""

import numpy as np


class NeuralNetwork:
    def __init__(self, layer_shape):
        self.__layers = len(layer_shape)
        self.__weights = [
            np.random.normal(0.0, 1.0, (layer_shape[i + 1], layer_shape[i] + 1)) for i in range(len(layer_shape) - 1)
        ]

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def Feedforward(self, X, Train=False):
        outputs = [X]
        for W in self.__weights:
            outputs.append(self.sigmoid(np.concatenate((np.ones((len(X), 1)), outputs[-1]), 1) @ W.T))
        return outputs if Train else outputs[-1]

    def CostFunction(self, X, Y):
        return 0.5 * np.sum((Y - self.Feedforward(X)) ** 2)

    def Weight_Grad(self, X, Y, output_list):
        deltas = [-(Y - output_list[-1]) * output_list[-1] * (1 - output_list[-1])]
        for i in range(1, self.__layers - 1):
            A = output_list[-i - 1]
            deltas.append(deltas[-1] @ self.__weights[-i][:, 1:] * A * (1 - A))
        deltas.reverse()
        found = []
        for delta, A in zip(deltas, output_list):
            found.append(delta.T @ np.concatenate((np.ones((len(A), 1)), A), 1))
        return found
