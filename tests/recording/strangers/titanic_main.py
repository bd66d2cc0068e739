#!/usr/bin/env python3
import argparse
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm


def load(path):
    df = pd.read_csv(path)
    df = df.dropna(subset=['Age', 'Fare'])
    X = df[['Pclass', 'Age', 'Fare', 'SibSp']].values
    y = df['Survived'].values.reshape(-1, 1)
    return X, y


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def bce(p, y):
    eps = 1e-8
    return -np.mean(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--data', default='titanic/train.csv')
    parser.add_argument('--epochs', type=int, default=500)
    parser.add_argument('--lr', type=float, default=0.1)
    parser.add_argument('--hidden', type=int, default=8)
    args = parser.parse_args()

    X, y = load(args.data)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
    scaler = StandardScaler()
    X_train = scaler.fit_transform(X_train)
    X_test = scaler.transform(X_test)

    W1 = np.random.randn(X_train.shape[1], args.hidden) * 0.1
    b1 = np.zeros((1, args.hidden))
    W2 = np.random.randn(args.hidden, 1) * 0.1
    b2 = np.zeros((1, 1))

    for epoch in tqdm(range(args.epochs)):
        z1 = X_train @ W1 + b1
        a1 = np.tanh(z1)
        z2 = a1 @ W2 + b2
        a2 = sigmoid(z2)

        m = X_train.shape[0]
        dz2 = a2 - y_train
        dW2 = a1.T @ dz2 / m
        db2 = np.sum(dz2, axis=0, keepdims=True) / m
        dz1 = (dz2 @ W2.T) * (1 - a1 ** 2)
        dW1 = X_train.T @ dz1 / m
        db1 = np.sum(dz1, axis=0, keepdims=True) / m

        W1 -= args.lr * dW1
        b1 -= args.lr * db1
        W2 -= args.lr * dW2
        b2 -= args.lr * db2

        if epoch % 100 == 0:
            tqdm.write(f'epoch {epoch}: loss {bce(a2, y_train):.4f}')

    p = sigmoid(np.tanh(X_test @ W1 + b1) @ W2 + b2)
    print('test accuracy', np.mean((p > 0.5) == y_test))


if __name__ == '__main__':
    main()
