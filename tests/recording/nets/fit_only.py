import numpy as np


class SoftmaxMLP:

    def fit(self, X, y):
        n, d = X.shape
        k = len(np.unique(y))
        T = np.eye(k)[y]
        rng = np.random.default_rng(12)
        self.V = rng.normal(0, 0.5, (d, 7))
        self.c = np.zeros(7)
        self.U = rng.normal(0, 0.5, (7, k))
        self.e = np.zeros(k)
        self.history = []
        for epoch in range(150):
            H = np.maximum(X @ self.V + self.c, 0)
            S = H @ self.U + self.e
            S = S - S.max(axis=1, keepdims=True)
            P = np.exp(S)
            P = P / P.sum(axis=1, keepdims=True)
            self.history.append(-np.mean(np.sum(T * np.log(P), axis=1)))

            dS = (P - T) / n
            dU = H.T @ dS
            de = dS.sum(axis=0)
            dH = dS @ self.U.T
            dH[H <= 0] = 0
            dV = X.T @ dH
            dc = dH.sum(axis=0)

            self.U -= 0.2 * dU
            self.e -= 0.2 * de
            self.V -= 0.2 * dV
            self.c -= 0.2 * dc
        return self

    def predict(self, X):
        H = np.maximum(X @ self.V + self.c, 0)
        return np.argmax(H @ self.U + self.e, axis=1)


rng = np.random.default_rng(4)
X_train = rng.normal(size=(36, 5))
y_train = np.argmax(X_train[:, :4] + 0.2 * rng.normal(size=(36, 4)), axis=1)
clf = SoftmaxMLP().fit(X_train, y_train)
print((clf.predict(X_train) == y_train).mean(), clf.history[-1])
