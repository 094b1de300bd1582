"""Divides the nodes of an ONNX model into parts that Diapason computes and parts that another run-time computes."""
import collections

import onnx

Part = collections.namedtuple("Part", "nodes compiled")
Part.__doc__ = "Indices of nodes, in their order, and whether Diapason computes them."


def reads(node):
    """Returns the names of all tensors that a node reads, also those that the bodies of If, Loop and Scan read."""
    names = [name for name in node.input if name]
    for attribute in node.attribute:
        for body in [attribute.g] if attribute.type == onnx.AttributeProto.GRAPH else attribute.graphs:
            inside = {value.name for value in body.input} | {tensor.name for tensor in body.initializer}
            inside |= {tensor.values.name for tensor in body.sparse_initializer}
            for inner in body.node:
                names += [name for name in reads(inner) if name not in inside]
                inside.update(inner.output)
            made = {output for inner in body.node for output in inner.output}
            names += [value.name for value in body.output if value.name not in inside | made]
    return list(dict.fromkeys(names))


def live_nodes(graph, wanted):
    """Returns the indices of the nodes on which the wanted tensors depend. Files may contain others."""
    made_by = {output: i for i, node in enumerate(graph.node) for output in node.output if output}
    live, names = set(), list(wanted)
    while names:
        i = made_by.get(names.pop())
        if i is not None and i not in live:
            live.add(i)
            names += reads(graph.node[i])
    return sorted(live)


def split(graph, nodes, refused):
    """Divides nodes into parts, so that each part reads only what earlier parts compute.

    All nodes of one kind whose operands come from the same earlier parts are in one part: on a path through the graph,
    a new part begins only where the kind of node changes. So there are as few parts as possible on each path.
    """
    made_by = {output: i for i in nodes for output in graph.node[i].output if output}
    level, order = {}, _in_order(graph, nodes, made_by)
    for i in order:
        compiled = i not in refused
        # Compiled parts have even levels, and the others odd ones.
        lowest = 0 if compiled else 1
        for name in reads(graph.node[i]):
            if name in made_by:
                before = level[made_by[name]]
                lowest = max(lowest, before if (before % 2 == 0) == compiled else before + 1)
        level[i] = lowest
    parts = collections.defaultdict(list)
    for i in order:
        parts[level[i]].append(i)
    return [Part(parts[key], key % 2 == 0) for key in sorted(parts)]


def _in_order(graph, nodes, made_by):
    """Returns the nodes so that each one comes behind those that it reads. Files may have them in any order."""
    order, state = [], {}
    for root in nodes:
        stack = [root]
        while stack:
            i = stack[-1]
            if state.get(i) == "done":
                stack.pop()
                continue
            waits = [made_by[name] for name in reads(graph.node[i])
                     if name in made_by and state.get(made_by[name]) is None and made_by[name] != i]
            if state.get(i) is None and waits:
                state[i] = "open"
                stack += waits
                continue
            state[i] = "done"
            order.append(i)
            stack.pop()
    return order


def inputs_of(graph, part, constants):
    """Returns the names of what the part reads and does not compute, without constants of the model."""
    made = {output for i in part.nodes for output in graph.node[i].output}
    names = [name for i in part.nodes for name in reads(graph.node[i]) if name not in made and name not in constants]
    return list(dict.fromkeys(names))


def outputs_of(graph, part, wanted):
    """Returns the names of what the part computes and others read."""
    inside = set(part.nodes)
    read = set(wanted)
    for i, node in enumerate(graph.node):
        if i not in inside:
            read.update(reads(node))
    return [output for i in part.nodes for output in graph.node[i].output if output in read]


def extract(model, part, inputs, outputs, types):
    """Returns the part as a model of its own.

    `inputs` are pairs of a name and a ValueInfoProto; `types` has the known types of tensors by name.
    """
    graph, result = model.graph, onnx.ModelProto()
    result.ir_version = model.ir_version
    result.opset_import.extend(model.opset_import)
    result.functions.extend(model.functions)
    result.graph.name = graph.name or "part"
    result.graph.node.extend(graph.node[i] for i in part.nodes)
    read = {name for i in part.nodes for name in reads(graph.node[i])}
    result.graph.initializer.extend(tensor for tensor in graph.initializer if tensor.name in read)
    result.graph.sparse_initializer.extend(t for t in graph.sparse_initializer if t.values.name in read)
    result.graph.input.extend(inputs)
    for name in outputs:
        result.graph.output.append(types.get(name) or onnx.ValueInfoProto(name=name))
    return result
