"""XOR as a tutorial's script trains it, from its imports to its last line: 1000 points, 2-10-6-2, 200 epochs.

The rows are divided as `nnlab train xor` divides them: 680 to train on, 120 to validate on, 200 to test on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, BATCH = 200, 20


def main() -> None:
    np.random.seed(1)
    x = np.random.uniform(low=-1, high=1, size=(1000, 2))
    y = np.where(x[:, 0] * x[:, 1] < 0, 0, 1)
    x_rest, x_test, y_rest, y_test = train_test_split(x, y, test_size=0.2, random_state=1)
    parts = (*train_test_split(x_rest, y_rest, test_size=0.15, random_state=1), x_test, y_test)
    x_train, x_valid, y_train, y_valid, x_test, y_test = (torch.tensor(part).float() for part in parts)
    torch.manual_seed(1)
    batches: Any = DataLoader(TensorDataset(x_train, y_train), BATCH, shuffle=True)
    model = nn.Sequential(nn.Linear(2, 10), nn.Tanh(), nn.Linear(10, 6), nn.Tanh(), nn.Linear(6, 2))
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(EPOCHS):
        loss_train, accuracy_train = 0.0, 0.0
        for x_batch, y_batch in batches:
            optimizer.zero_grad()
            outputs = model(x_batch)
            loss = loss_fn(outputs, y_batch.long())
            loss.backward()
            optimizer.step()
            loss_train += loss.item()
            accuracy_train += (torch.argmax(outputs, dim=1) == y_batch).float().mean()
        outputs = model(x_valid)
        loss = loss_fn(outputs, y_valid.long())
        accuracy = (torch.argmax(outputs, dim=1) == y_valid).float().mean()
        if epoch % 20 == 0:
            print(f"Epoch [{epoch + 1}/{EPOCHS}], loss {loss.item():.4f}, accuracy {accuracy.item():.4f}")
    accuracy = (torch.argmax(model(x_test), dim=1) == y_test).float().mean()
    print(f"Test accuracy {accuracy.item():.4f}")


if __name__ == "__main__":
    main()
