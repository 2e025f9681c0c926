#!/usr/bin/env python3
"""Writes golden.safetensors: operations computed a second time, by numpy in float64.

    python3 tests/nets/golden.py tests/nets/golden.safetensors

Every case has inputs CASE/in/NAME, parameters CASE/p/NAME, the result CASE/y, and the gradients
CASE/g/in/NAME and CASE/g/p/NAME of the loss. The loss is the result itself when it is one number,
else the mean of result * CASE/in/w. Gradients are central differences in float64, so that nothing
here repeats a derivation of the program's. test_golden.c compares.
"""
import json
import struct
import sys

import numpy as np

rng = np.random.default_rng(20)
tensors = {}


def draw(*shape, low=-1.0, high=1.0):
    """Random numbers that a float32 holds exactly."""
    return rng.uniform(low, high, shape).astype(np.float32).astype(np.float64)


def case(name, function, inputs, params, fixed=()):
    """Runs function (inputs, params) and stores it; `fixed` inputs get no gradient."""
    if np.ndim(function(inputs, params)) > 0:
        inputs = dict(inputs, w=draw(*function(inputs, params).shape))

    def loss():
        y = function(inputs, params)
        return float(np.mean(y * inputs["w"])) if np.ndim(y) > 0 else float(y)

    tensors[f"{name}/y"] = np.atleast_1d(function(inputs, params))
    for kind, arrays in (("in", inputs), ("p", params)):
        for key, array in arrays.items():
            tensors[f"{name}/{kind}/{key}"] = array.copy()
            if key in fixed or array.dtype == np.int32:
                continue
            gradient, flat = np.zeros(array.size), array.reshape(-1)
            for i in range(array.size):
                old, step = flat[i], 1e-5
                flat[i] = old + step
                up = loss()
                flat[i] = old - step
                down = loss()
                flat[i] = old
                gradient[i] = (up - down) / (2 * step)
            tensors[f"{name}/g/{kind}/{key}"] = gradient.reshape(array.shape)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def erf(x):
    """The Taylor series, whose 60 terms are enough for arguments below 3."""
    total, term = np.zeros_like(x), x.copy()
    for n in range(60):
        total += term / (2 * n + 1)
        term = -term * x * x / (n + 1)
    return 2 / np.sqrt(np.pi) * total


# ---- maps --------------------------------------------------------------------------------------

def conv(x, w, b, stride, groups, top, left, bottom, right):
    """x (N,H,W,C), w (O,C/groups,k,k)."""
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    out, per, k, _ = w.shape
    h, v = (x.shape[1] - k) // stride + 1, (x.shape[2] - k) // stride + 1
    y = np.zeros((x.shape[0], h, v, out))
    for o in range(out):
        first = o // (out // groups) * per
        for i in range(h):
            for j in range(v):
                window = x[:, i * stride:i * stride + k, j * stride:j * stride + k,
                           first:first + per]
                y[:, i, j, o] = np.einsum("nabc,cab->n", window, w[o]) + b[o]
    return y


def normal(x, gain, shift):
    """Batch statistics by channel; gain and shift (C), or (N,1,1,C)."""
    mean, variance = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2))
    return gain * (x - mean) / np.sqrt(variance + 1e-5) + shift


case("conv", lambda i, p: conv(i["x"], p["weight"], p["bias"], 2, 1, 1, 0, 1, 1),
     {"x": draw(2, 5, 7, 3)}, {"weight": draw(4, 3, 3, 3), "bias": draw(4)})
case("conv_grouped", lambda i, p: conv(i["x"], p["weight"], p["bias"], 1, 3, 1, 1, 1, 1),
     {"x": draw(2, 3, 4, 3)}, {"weight": draw(3, 1, 3, 3), "bias": draw(3)})
case("norm", lambda i, p: normal(i["x"], p["weight"], p["bias"]),
     {"x": draw(2, 3, 4, 5)}, {"weight": draw(5), "bias": draw(5)})


def film(x, m):
    c = x.shape[-1]
    m = m.reshape(m.shape[0], 1, 1, -1)
    return (1 + m[..., :c]) * x + m[..., c:]


case("film", lambda i, p: film(i["x"], i["m"]), {"x": draw(2, 3, 2, 5), "m": draw(2, 10)}, {})


# ---- modulated self-attention ------------------------------------------------------------------

HEADS, KEY, VALUE, CHANNELS, ASKED = 2, 3, 4, 5, 6


def attend(i, p, gate, query_key, token, norm):
    x, q = i["x"], i["q"]
    rows, c = x.shape[0], x.shape[3]
    source = x
    if norm:
        change = q @ p["condition.weight"].T + p["condition.bias"]
        change = change.reshape(rows, 1, 1, 2 * c)
        source = normal(x, p["norm.weight"] + change[..., :c], p["norm.bias"] + change[..., c:])
    source = source.reshape(rows, -1, c)
    n = source.shape[1]

    def heads(name, width):
        y = source @ p[name + ".weight"].T
        return y.reshape(rows, n, HEADS, width).transpose(0, 2, 1, 3)

    query, key, value = heads("query", KEY), heads("key", KEY), heads("value", VALUE)
    if query_key:
        m = q @ p["modulate.weight"].T + p["modulate.bias"]
        gq, bq, gk, bk = m.reshape(rows, 4, HEADS, 1, KEY).transpose(1, 0, 2, 3, 4)
        query, key = (1 + gq) * query + bq, (1 + gk) * key + bk
    scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(KEY)
    if token:
        # One more key and value; what it gets is multiplied by tanh (open).
        token_key = (q @ p["token.key.weight"].T).reshape(rows, HEADS, 1, KEY)
        token_value = (q @ p["token.value.weight"].T).reshape(rows, HEADS, 1, VALUE)
        score = (query * token_key).sum(axis=-1, keepdims=True) / np.sqrt(KEY)
        share = softmax(np.concatenate([scores, score], axis=-1))[..., -1:]
        share = share * np.tanh(p["token.open"]).reshape(1, HEADS, 1, 1)
        mixed = (1 - share) * (softmax(scores) @ value) + share * token_value
    else:
        mixed = softmax(scores) @ value
    out = mixed.transpose(0, 2, 1, 3).reshape(rows, n, HEADS * VALUE) @ p["out.weight"].T
    opened = p["gate.bias"] + (q @ p["gate.weight"].T if gate else np.zeros((rows, c)))
    return x + (np.tanh(opened)[:, None, :] * out).reshape(x.shape)


def attend_params(gate, query_key, token, norm):
    k, v, c, d = HEADS * KEY, HEADS * VALUE, CHANNELS, ASKED
    p = {"query.weight": draw(k, c), "key.weight": draw(k, c), "value.weight": draw(v, c),
         "out.weight": draw(c, v), "gate.bias": draw(c)}
    if gate:
        p["gate.weight"] = draw(c, d)
    if query_key:
        p["modulate.weight"], p["modulate.bias"] = draw(4 * k, d), draw(4 * k)
    if token:
        p["token.key.weight"], p["token.value.weight"] = draw(k, d), draw(v, d)
        p["token.open"] = draw(HEADS)
    if norm:
        p["norm.weight"], p["norm.bias"] = draw(c), draw(c)
        p["condition.weight"], p["condition.bias"] = draw(2 * c, d), draw(2 * c)
    return p


for number in range(16):
    places = [bool(number >> bit & 1) for bit in range(4)]
    case(f"attend{number}", lambda i, p: attend(i, p, *places),
         {"x": draw(2, 2, 3, CHANNELS), "q": draw(2, ASKED)}, attend_params(*places))


# ---- sequences ---------------------------------------------------------------------------------

def gru(x, ids, p, layer):
    """x (N,T,D) -> all states (N,T,H), PyTorch's gates; padding keeps the state."""
    w, u = p[f"{layer}.weight_ih"], p[f"{layer}.weight_hh"]
    b, c = p[f"{layer}.bias_ih"], p[f"{layer}.bias_hh"]
    h = np.zeros((x.shape[0], u.shape[1]))
    states = []
    for t in range(x.shape[1]):
        xr, xz, xn = np.split(x[:, t] @ w.T + b, 3, axis=1)
        hr, hz, hn = np.split(h @ u.T + c, 3, axis=1)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        new = (1 - z) * np.tanh(xn + r * hn) + z * h
        h = np.where(ids[:, t:t + 1] != 0, new, h)
        states.append(h)
    return np.stack(states, axis=1)


def gru_layers(i, p):
    ids = i["ids"]
    table = p["words.weight"] * (np.arange(len(p["words.weight"])) > 0)[:, None]
    return gru(gru(table[ids], ids, p, "gru.0"), ids, p, "gru.1")[:, -1]


params = {"words.weight": draw(6, 4)}
for layer, width in (("gru.0", 4), ("gru.1", 3)):
    params.update({f"{layer}.weight_ih": draw(9, width), f"{layer}.weight_hh": draw(9, 3),
                   f"{layer}.bias_ih": draw(9), f"{layer}.bias_hh": draw(9)})
words = np.array([[1, 2, 3, 0, 0], [0, 5, 0, 4, 1], [0, 0, 0, 0, 0], [2, 2, 5, 1, 3]], np.int32)
case("gru_layers", gru_layers, {"ids": words}, params)

# ---- by element and losses ---------------------------------------------------------------------

case("gelu", lambda i, p: i["x"] * (1 + erf(i["x"] / np.sqrt(2))) / 2,
     {"x": draw(2, 13, low=-4, high=4)}, {})
case("sigmoid", lambda i, p: sigmoid(i["x"]), {"x": draw(2, 13, low=-6, high=6)}, {})
case("tanh", lambda i, p: np.tanh(i["x"]), {"x": draw(2, 13, low=-3, high=3)}, {})

targets = draw(3, 7, low=0, high=1)
case("cross_entropy",
     lambda i, p: np.mean(-(i["t"] * log_softmax(i["x"])).sum(axis=1)),
     {"x": draw(3, 7, low=-4, high=4), "t": targets}, {})
case("binary_cross_entropy",
     lambda i, p: np.mean(-i["t"] * np.log(sigmoid(i["x"]))
                          - (1 - i["t"]) * np.log(sigmoid(-i["x"]))),
     {"x": draw(3, 7, low=-4, high=4), "t": targets}, {})
case("mean_square", lambda i, p: np.mean((i["x"] - i["t"]) ** 2),
     {"x": draw(3, 7), "t": draw(3, 7)}, {})


def distillation(i, p, heat=3.0):
    log_p, log_q = log_softmax(i["t"] / heat), log_softmax(i["x"] / heat)
    return heat * heat * np.mean((np.exp(log_p) * (log_p - log_q)).sum(axis=1))


case("distillation", distillation,
     {"x": draw(3, 7, low=-4, high=4), "t": draw(3, 7, low=-4, high=4)}, {}, fixed=("t",))

# ---- file --------------------------------------------------------------------------------------

header, data = {}, b""
for name, array in tensors.items():
    kind = np.dtype("<i4") if array.dtype == np.int32 else np.dtype("<f4")
    raw = np.ascontiguousarray(array, kind).tobytes()
    header[name] = {"dtype": "I32" if kind.kind == "i" else "F32", "shape": list(array.shape),
                    "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-(len(text) + 8) % 64)
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
