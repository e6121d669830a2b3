"""Compares a dashboard, as JSON on standard input, with the types that Grafana publishes (grafana-foundation-sdk).

Twice: it is decoded and encoded again, and what was lost or changed is printed; and each value is held against the type
of its place, since the SDK hands lists, unions and enumerations through unseen. Says nothing of the options of
transformations and of the data source's own keys of annotations: no types of them are published.
"""

import enum
import importlib
import json
import sys
import types
import typing

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard, prometheus

# Read by Grafana's Prometheus data source, which decides itself how alerts are worded.
OF_DATA_SOURCE = {"titleFormat", "textFormat", "tagKeys"}


def is_of_data_source(path):
    return path.startswith(".annotations.list[") and path.rsplit(".", 1)[1] in OF_DATA_SOURCE


def differences(before, after, path=""):
    """What of `before` is not in `after`; what is only in `after` are defaults."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                yield from differences(value, after[key], f"{path}.{key}")
            elif not is_of_data_source(f"{path}.{key}"):
                yield f"{path}.{key}: lost"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after)):
            yield from differences(one, other, f"{path}[{index}]")
    elif before != after:
        yield f"{path}: {before!r} became {after!r}"


def attributes(model):
    """The type of each JSON key of an SDK class. Only its encoder knows how keys and attributes go together."""
    hints = typing.get_type_hints(model)
    instance = model.__new__(model)
    for name in hints:
        setattr(instance, name, name)
    return {key: hints[name] for key, name in instance.to_json().items() if name in hints}


def mismatches(value, expected, path):
    """What `value` has that the type `expected` does not."""
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    if origin in (typing.Union, types.UnionType):
        found = [list(mismatches(value, argument, path)) for argument in arguments]
        yield from min(found, key=len)
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{path}: {value!r} is none of {arguments}"
    elif origin in (list, dict) and not isinstance(value, origin):
        yield f"{path}: {value!r} is no {origin.__name__}"
    elif origin is list:
        for index, element in enumerate(value):
            yield from mismatches(element, arguments[0], f"{path}[{index}]")
    elif origin is dict:
        for key, element in value.items():
            yield from mismatches(element, arguments[1], f"{path}.{key}")
    elif expected in (object, typing.Any):
        return
    elif isinstance(expected, type) and issubclass(expected, enum.Enum):
        if value not in [member.value for member in expected]:
            yield f"{path}: {value!r} is no {expected.__name__}"
    elif expected is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield f"{path}: {value!r} is no number"
    elif hasattr(expected, "to_json"):
        yield from of_class(value, expected, path)
    elif not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        yield f"{path}: {value!r} is no {expected.__name__}"


def of_class(value, model, path):
    if not isinstance(value, dict):
        yield f"{path}: no {model.__name__}"
        return
    known = attributes(model)
    for key, element in value.items():
        if key not in known:
            if not is_of_data_source(f"{path}.{key}"):
                yield f"{path}.{key}: {model.__name__} has no such key"
        elif model is dashboard.Panel and key == "targets":
            yield from mismatches(element, list[prometheus.Dataquery], f"{path}.{key}")
        else:
            yield from mismatches(element, known[key], f"{path}.{key}")
    if model is dashboard.Panel:
        yield from of_kind(value, path)


def of_kind(panel, path):
    """What depends on the kind of panel: its options, and the custom part of its fields, also where overridden."""
    try:
        module = importlib.import_module(f"grafana_foundation_sdk.models.{panel['type'].replace('-', '')}")
    except ModuleNotFoundError:
        yield f"{path}: there is no kind of panel {panel['type']}"
        return
    custom = getattr(module, "FieldConfig", None)
    yield from mismatches(panel["options"], module.Options, f"{path}.options")
    fields = panel["fieldConfig"]
    if "custom" in fields["defaults"]:
        yield from mismatches(fields["defaults"]["custom"], custom, f"{path}.fieldConfig.defaults.custom")
    for index, override in enumerate(fields["overrides"]):
        for one in override["properties"]:
            place = f"{path}.fieldConfig.overrides[{index}]: {one['id']}"
            prefix, _, key = one["id"].rpartition(".")
            known = attributes(custom if prefix else dashboard.FieldConfig)
            if key not in known:
                yield f"{place}: no such property"
            else:
                yield from mismatches(one["value"], known[key], place)


plugins.register_default_plugins()
text = json.load(sys.stdin)
again = json.loads(json.dumps(dashboard.Dashboard.from_json(text), cls=JSONEncoder))
findings = [*differences(text, again), *mismatches(text, dashboard.Dashboard, "")]
print("\n".join(dict.fromkeys(findings)), end="")
sys.exit(1 if findings else 0)
