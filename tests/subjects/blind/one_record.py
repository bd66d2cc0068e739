import numpy as np

class Network:
    def __init__(self, nin, nhid, nout):
        self.wih = np.random.normal(0.0, pow(nhid, -0.5), (nhid, nin))
        self.bh = np.zeros((nhid, 1))
        self.who = np.random.normal(0.0, pow(nout, -0.5), (nout, nhid))
        self.bo = np.zeros((nout, 1))

    def activation(self, x):
        return 1 / (1 + np.exp(-x))

    def train(self, inputs_list, targets_list, lr):
        # one record at a time
        self.error = 0.0
        for record, wanted in zip(inputs_list, targets_list):
            inputs = np.array(record, ndmin=2).T
            targets = np.array(wanted, ndmin=2).T
            hidden_inputs = np.dot(self.wih, inputs) + self.bh
            hidden_outputs = self.activation(hidden_inputs)
            final_outputs = self.activation(np.dot(self.who, hidden_outputs) + self.bo)
            output_errors = targets - final_outputs
            self.error += 0.5 * np.sum(output_errors ** 2)
            delta_o = output_errors * final_outputs * (1.0 - final_outputs)
            hidden_errors = np.dot(self.who.T, delta_o)
            delta_h = hidden_errors * hidden_outputs * (1.0 - hidden_outputs)
            self.who += lr * np.dot(delta_o, hidden_outputs.T)
            self.bo += lr * delta_o
            self.wih += lr * np.dot(delta_h, inputs.T)
            self.bh += lr * delta_h
        return self.error

    def query(self, inputs_list):
        inputs = np.array(inputs_list, ndmin=2).T
        hidden_outputs = self.activation(np.dot(self.wih, inputs) + self.bh)
        return self.activation(np.dot(self.who, hidden_outputs) + self.bo).T
