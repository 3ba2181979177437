"""A census: who is who of everyone, from the records of all ids, as the live index would have it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import redis

from features.home import Home
from features.lake import append_own, merges_of, read_own, read_verdicts
from features.number_reports import Note, note_rows, noted, read_reports
from features.own_events import DIALLED, MERGED, UNMERGED
from features.people import SHARED, Known, Unity, shared_keys, unite
from features.unification import note
from features.wrong_numbers import mistaken
from serving.people.contact import Contact, distinct_of
from serving.people.contacts import Contacts
from serving.people.person import person
from serving.store.keyspace import Keyspace
from serving.store.personal import personal


@dataclass(frozen=True)
class Census:
    """records: what each id told by itself. links: id → the one that the lake says it was merged into, where that
    leads to the right person, else that one. people: the record of each person under the id that survives. barred:
    identities that join nobody, with who shares them. verdicts: what people decided of ids.
    """

    records: Mapping[str, Contact]
    links: Mapping[str, str]
    known: Sequence[Known]
    unity: Unity
    people: dict[str, Contact]
    barred: Mapping[str, Sequence[str]]
    verdicts: Mapping[str, Mapping[str, bool]]

    @property
    def merged(self) -> dict[str, str]:
        """Id → the one that survives, of those that do not."""
        return {name: into for name, into in self.unity.into.items() if name != into}


def counted(home: Home, told: Iterable[Contact], now: datetime, *, noting: bool) -> Census:
    """Who is who among those who told something. noting: in the lake too, where it does not know yet."""
    workspace = home.configuration.workspace
    records, dialled = _without_mistakes(home, {contact.customer_id: contact for contact in told}, now)
    verdicts = read_verdicts(home, now)
    known = [record.known(distinct_of(workspace, record), verdicts.get(name, {})) for name, record in records.items()]
    barred = shared_keys(known, workspace.shared_by_at_most)
    unity = unite(known, barred)
    people = {
        into: person(into, [records[name] for name in members], unity.standing)
        for into, members in unity.people.items()
    }
    if noting:
        note(home, unity, {name: record.at for name, record in records.items()})
        if dialled:
            append_own(home, note_rows(dialled))
    return Census(records, _links(home, unity, now), known, unity, people, barred, verdicts)


def _links(home: Home, unity: Unity, now: datetime) -> dict[str, str]:
    told = merges_of(read_own(home, MERGED, UNMERGED, until=now))
    right = {name: into for name, into in told.items() if unity.into.get(into) == unity.into.get(name)}
    return {name: right.get(name, into) for name, into in unity.into.items() if name != into}


def _without_mistakes(home: Home, told: Mapping[str, Contact], now: datetime) -> tuple[dict[str, Contact], list[Note]]:
    """The records with what calls say of wrong numbers, and at which number that was, where calls that came live did
    not say and nobody has noted it.
    """
    found, notes = dict(told), []
    for report, arrived, ids in read_reports(home, now):
        key, times = mistaken(report, {name: found[name].tellings for name in ids if name in found})
        for name, at in times.items():
            found[name] = found[name].reported(key, at)
        if arrived and report.phone is None and key:
            notes.append(noted(DIALLED, report, report.customer_id, key.removeprefix("phone:")))
    return found, notes


def register(client: redis.Redis, keyspace: Keyspace, contacts: Contacts, census: Census) -> None:
    """Write index, links, disputes and the records of ids that are not alone into an emptied store."""
    keys, unity = keyspace, census.unity
    several = {into: sorted(members) for into, members in unity.people.items() if len(members) > 1}
    apart = [
        record
        for name, record in census.records.items()
        if unity.into[name] in several or record != census.people[name]
    ]
    sharers = _sharers(census)
    with client.pipeline(transaction=False) as pipeline:
        contacts.write_own(pipeline, apart)
        for name, mapping in (
            (keys.merged, census.links),
            (keys.members, {into: json.dumps(members) for into, members in several.items()}),
            (keys.identities, _by_identity(unity.leads)),
            (keys.verdicts, {name: json.dumps(decided) for name, decided in census.verdicts.items()}),
            (keys.conflicts, _by_identity(_disputes(census))),
        ):
            if mapping:
                pipeline.hset(name, mapping=mapping)  # type: ignore[arg-type]
        for key, ids in sharers.items():
            pipeline.sadd(keys.sharers(key), *ids)
        pipeline.execute()


def _by_identity(found: Mapping[str, str]) -> dict[str | bytes, str]:
    return {personal(key): told for key, told in found.items()}


def _disputes(census: Census) -> dict[str, str]:
    found = {key: json.dumps(asdict(dispute)) for key, dispute in census.unity.disputes.items()}
    return found | {key: json.dumps({"why": SHARED}) for key in census.barred}


def _sharers(census: Census) -> dict[str, set[str]]:
    """Per identity who has or had it, where that is not just the one to whom it leads."""
    found: dict[str, set[str]] = {}
    for known in census.known:
        for key in known.keys:
            found.setdefault(key, set()).add(known.customer_id)
    return {key: ids for key, ids in found.items() if ids != {census.unity.leads.get(key)}}
