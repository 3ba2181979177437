"""librdkafka's own mock brokers by its C interface: by Python's, a new group waits three seconds for its members."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import files

_PRODUCER = 0


@contextmanager
def mock_brokers(count: int = 1) -> Iterator[str]:
    """The addresses of brokers in this process. Who is first in a group joins at once, not after three seconds."""
    kafka = _library()
    error = ctypes.create_string_buffer(512)
    owner = kafka.rd_kafka_new(_PRODUCER, None, error, len(error))
    assert owner, error.value
    brokers = kafka.rd_kafka_mock_cluster_new(owner, count)
    kafka.rd_kafka_mock_group_initial_rebalance_delay_ms(brokers, 0)
    yield kafka.rd_kafka_mock_cluster_bootstraps(brokers).decode()
    kafka.rd_kafka_mock_cluster_destroy(brokers)
    kafka.rd_kafka_destroy(owner)


def _library() -> ctypes.CDLL:
    """The one that confluent_kafka brings along."""
    (found,) = (
        each
        for each in files("confluent_kafka") or ()
        if {".so", ".dylib"} & {*each.suffixes} and "librdkafka" in each.name
    )
    kafka = ctypes.CDLL(str(found.locate()))
    kafka.rd_kafka_new.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    kafka.rd_kafka_new.restype = kafka.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
    kafka.rd_kafka_mock_cluster_new.argtypes = [ctypes.c_void_p, ctypes.c_int]
    kafka.rd_kafka_mock_group_initial_rebalance_delay_ms.argtypes = [ctypes.c_void_p, ctypes.c_int32]
    kafka.rd_kafka_mock_group_initial_rebalance_delay_ms.restype = None
    kafka.rd_kafka_mock_cluster_bootstraps.argtypes = [ctypes.c_void_p]
    kafka.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    for end in (kafka.rd_kafka_mock_cluster_destroy, kafka.rd_kafka_destroy):
        end.argtypes, end.restype = [ctypes.c_void_p], None
    return kafka
