"""A user's program: embeds sentences of different lengths, and prints the embeddings as JSON. Argument: the model."""
import json
import sys

import numpy as np
import onnxruntime


def tokens(sentence):
    return [sum(word.encode()) % 97 + 1 for word in sentence.split()]


def embed(session, sentences):
    rows = [tokens(sentence) for sentence in sentences]
    longest = max(map(len, rows))
    ids = np.array([row + [0] * (longest - len(row)) for row in rows], np.int64)
    mask = (ids > 0).astype(np.int64)
    names = [value.name for value in session.get_inputs()]
    assert names == ["input_ids", "attention_mask"], names
    return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


model = onnxruntime.InferenceSession(sys.argv[1], providers=onnxruntime.get_available_providers())
assert model.get_modelmeta().producer_name == "diapason tests"
batches = [["the cat sat on the mat", "a dog"], ["one sentence"], ["a cat sat here", "it rains"]]
print(json.dumps([embed(model, batch).tolist() for batch in batches]))
