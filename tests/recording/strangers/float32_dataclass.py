from dataclasses import dataclass, field
import numpy as np

F = np.float32


@dataclass
class Config:
    n_in: int = 4
    n_hidden: int = 12
    n_out: int = 3
    lr: float = 0.05
    momentum: float = 0.9
    steps: int = 300


@dataclass
class Model:
    cfg: Config
    W1: np.ndarray = field(init=False)
    b1: np.ndarray = field(init=False)
    W2: np.ndarray = field(init=False)
    b2: np.ndarray = field(init=False)

    def __post_init__(self):
        g = np.random.default_rng(0)
        c = self.cfg
        self.W1 = g.standard_normal((c.n_in, c.n_hidden), dtype=F) * F(0.5)
        self.b1 = np.zeros(c.n_hidden, dtype=F)
        self.W2 = g.standard_normal((c.n_hidden, c.n_out), dtype=F) * F(0.5)
        self.b2 = np.zeros(c.n_out, dtype=F)
        self.velocity = {name: np.zeros_like(getattr(self, name)) for name in ("W1", "b1", "W2", "b2")}

    def loss_and_grads(self, x, t):
        h = x @ self.W1 + self.b1
        a = np.where(h > 0, h, F(0.01) * h)
        s = a @ self.W2 + self.b2
        s = s - s.max(1, keepdims=True)
        logp = s - np.log(np.exp(s).sum(1, keepdims=True))
        n = len(x)
        loss = -logp[np.arange(n), t].mean()
        ds = np.exp(logp)
        ds[np.arange(n), t] -= 1
        ds /= n
        da = ds @ self.W2.T
        dh = da * np.where(h > 0, F(1), F(0.01))
        return loss, {"W1": x.T @ dh, "b1": dh.sum(0), "W2": a.T @ ds, "b2": ds.sum(0)}

    def step(self, x, t):
        loss, grads = self.loss_and_grads(x, t)
        for name, g in grads.items():
            v = self.velocity[name]
            v *= self.cfg.momentum
            v -= self.cfg.lr * g
            setattr(self, name, getattr(self, name) + v)
        return loss


def make_data(n=120):
    g = np.random.default_rng(1)
    t = g.integers(0, 3, n)
    centres = g.standard_normal((3, 4)) * 2
    return (centres[t] + g.standard_normal((n, 4))).astype(F), t


if __name__ == "__main__":
    cfg = Config()
    model = Model(cfg)
    x, t = make_data()
    for i in range(cfg.steps):
        loss = model.step(x, t)
        if i % 50 == 0:
            print(i, float(loss))
