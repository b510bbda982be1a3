"""No identifier reaches the hub or the board but through a pseudonym: by lineage.

Identifiers are tagged where they come in, at the columns of the sources (`config.tags:
[identifier]`), and at columns of Python models, whose lineage nobody can read. From
there the compiled SQL is followed column by column. A value goes on with whatever is
made of it, except

- a hash under the vault's salt (macro event_id), which is a pseudonym;
- a date cut to its month or more;
- what says one bit or a number about it: comparisons, conditions, counts, ranks.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp, parse_one
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from publish.descriptions import read_from_source, source_of
from publish.docs_site import catalog_entry

SALT = "salt"
# Expressions that tell of a value without holding it.
TELLING = (
    *(exp.Predicate, exp.Connector, exp.Not, exp.LogicalAnd, exp.LogicalOr),
    *(exp.Count, exp.CountIf, exp.RowNumber, exp.RegexpLike),
    *(exp.Year, exp.Quarter, exp.Month),
)
COARSE = {"MONTH", "QUARTER", "YEAR"}
# Column: the delivered columns whose values it may hold.
Carried = dict[str, frozenset[str]]
NOTHING: frozenset[str] = frozenset()


def carried_by_query(query: exp.Expression, parents: Mapping[str, Carried]) -> Carried:
    """Which identifiers each column of a qualified query holds.

    `parents` are the columns that the tables hold, by the table's full name.
    """
    outputs: dict[int, Carried] = {}
    for scope in traverse_scope(query):
        outputs[id(scope.expression)] = carried_by_scope(scope, outputs, parents)
    return outputs[id(query)]


def carried_by_scope(
    scope: Scope, outputs: dict[int, Carried], parents: Mapping[str, Carried]
) -> Carried:
    """Which identifiers each column of one select, union or lateral table holds.

    `outputs` are those of the queries inside it, by the expression's id.
    """

    def column(found: exp.Column) -> frozenset[str]:
        place: Scope | None = scope
        while place is not None and found.table not in place.sources:
            place = place.parent
        if place is None:
            # It is not known whose column it is: it may hold what any of them holds.
            return frozenset().union(
                *(all_held(of_source(one)) for one in scope.sources.values())
            )
        source = place.sources[found.table]
        if isinstance(source, Scope) and source.is_udtf:
            return all_held(of_source(source))
        held = of_source(source)
        names = unpivoted(place.expression, found)
        return frozenset().union(*(held.get(name, NOTHING) for name in names))

    def of_source(source: exp.Table | Scope) -> Carried:
        if isinstance(source, exp.Table):
            return parents.get(full_name(source), {})
        # A recursive query asks for itself before it is known.
        return outputs.get(id(source.expression), {})

    def value(found: exp.Expression | None) -> frozenset[str]:
        match found:
            case None:
                return NOTHING
            case exp.Column():
                return column(found)
            case exp.MD5() if any(c.name == SALT for c in found.find_all(exp.Column)):
                return NOTHING
            case exp.DateTrunc() | exp.TimestampTrunc() | exp.Extract():
                unit = found.this if isinstance(found, exp.Extract) else found.unit
                is_coarse = unit is not None and unit.name.upper() in COARSE
                return NOTHING if is_coarse else of_all(found)
            case exp.Case():
                branches = [*(one.args["true"] for one in found.args["ifs"])]
                return of_each([*branches, found.args.get("default")])
            case exp.If():
                return of_each([found.args["true"], found.args.get("false")])
            case (
                exp.Window() | exp.Filter() | exp.Order() | exp.ArgMax() | exp.ArgMin()
            ):
                return value(found.this)
            case exp.Query():
                return all_held(outputs[id(found.unnest())])
            case _ if isinstance(found, TELLING):
                return NOTHING
            case _:
                return of_all(found)

    def of_all(found: exp.Expression) -> frozenset[str]:
        return of_each(list(found.iter_expressions()))

    def of_each(found: list[exp.Expression | None]) -> frozenset[str]:
        return frozenset().union(*(value(one) for one in found))

    if scope.union_scopes:
        left, right = (outputs[id(part.expression)] for part in scope.union_scopes)
        return {
            name: left[name] | other
            for name, other in zip(left, right.values(), strict=True)
        }
    if isinstance(scope.expression, exp.Select):
        return {one.alias_or_name: value(one) for one in scope.expression.selects}
    return {"": of_all(scope.expression)}


def unpivoted(query: exp.Expression, found: exp.Column) -> list[str]:
    """Names of the columns whose values `found` holds: its own, or those unpivoted."""
    for table in query.find_all(exp.Table):
        for pivot in table.args.get("pivots") or []:
            if pivot.unpivot and found.table in (pivot.alias, table.alias_or_name):
                listed = (one for field in pivot.fields for one in field.expressions)
                if found.name in {one.name for one in pivot.expressions}:
                    return [one.name for one in listed]
    return [found.name]


def full_name(table: exp.Table) -> str:
    """Database, schema and name of a table, in small letters."""
    return f"{table.catalog}.{table.db}.{table.name}".lower()


def tagged(node: Mapping[str, Any]) -> Carried:
    """The columns of a source or a model that are tagged as identifiers."""
    return {
        name.lower(): frozenset({f"{node['name']}.{name}"})
        for name, column in node["columns"].items()
        if "identifier" in column["config"]["tags"]
    }


def free_texts(node: Mapping[str, Any]) -> Carried:
    """The columns of a source in which a sender may write anything."""
    if node["config"]["meta"].get("delivery", "published") == "published":
        return {}
    return {
        name.lower(): frozenset({f"{node['name']}.{name}"})
        for name, column in node["columns"].items()
        if column["config"]["meta"].get("form") == "text"
    }


def carried_by_models(
    manifest: Mapping[str, Any],
    catalog: Mapping[str, Any],
    tagged: Callable[[Mapping[str, Any]], Carried] = tagged,
) -> dict[str, Carried]:
    """Which identifiers each column of each model holds, by the model's unique id.

    `tagged` says where they come in.
    """
    sources = manifest["sources"]
    entries = catalog["nodes"] | {
        name: catalog_entry(source) for name, source in sources.items()
    }
    nodes = sources | {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }
    named = {
        name: ".".join(
            entries[name]["metadata"][part] for part in ("database", "schema", "name")
        ).lower()
        for name in nodes
    }
    schema = MappingSchema(dialect="duckdb")
    for name in nodes:
        columns = {column: "text" for column in entries[name]["columns"]}
        schema.add_table(named[name], columns, dialect="duckdb")
    carried: dict[str, Carried] = {}
    parents = {
        name: node.get("depends_on", {}).get("nodes", [])
        for name, node in nodes.items()
    }
    for name in TopologicalSorter(parents).static_order():
        node = nodes[name]
        carried[name] = tagged(node)
        if node["resource_type"] == "model" and node["language"] == "sql":
            code = node["compiled_code"]
            held = {named[one]: carried[one] for one in parents[name]}
            if node["name"].startswith("base_"):
                code = read_from_source(node, source_of(node, dict(manifest)))
                # The line as delivered holds whatever was delivered.
                delivered = (all_held(one) for one in held.values())
                carried[name]["raw_row"] = frozenset().union(*delivered)
            for column, found in carried_by_sql(code, schema, held).items():
                carried[name][column] = carried[name].get(column, NOTHING) | found
    return carried


def carried_by_sql(
    code: str, schema: MappingSchema, parents: Mapping[str, Carried]
) -> Carried:
    """Which identifiers each column of a query holds, from its text."""
    query = qualify(
        parse_one(code, dialect="duckdb"),
        dialect="duckdb",
        schema=schema,
        validate_qualify_columns=False,
    )
    return carried_by_query(query, parents)


def all_held(carried: Carried) -> frozenset[str]:
    """All identifiers that the columns of a relation hold."""
    return frozenset().union(*carried.values())


@pytest.fixture(scope="module")
def carried(documented: Path, manifest: dict[str, Any]) -> dict[str, Carried]:
    catalog = json.loads((documented / "catalog.json").read_text())
    return carried_by_models(manifest, catalog)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("select surname as a from people", True),
        ("select upper(left(surname, 3)) || '*' as a from people", True),
        ("select md5(nhs_number) as a from people", True),
        ("select p.* exclude (born, ward), 1 as a from people as p", True),
        ("with p as (select * from people) select min(nhs_number) as a from p", True),
        ("select ward as a from people union all select surname from people", True),
        ("select (select max(surname) from people) as a", True),
        (
            "select lag(born) over (partition by ward order by ward) as a from people",
            True,
        ),
        ("select case when ward = 'x' then surname end as a from people", True),
        ("select list(surname order by ward) as a from people", True),
        (
            "select t.a from (select unnest([ward, surname]) as a from people) as t",
            True,
        ),
        ("select w.a from people as p, lateral (select p.surname as a) as w", True),
        ("select a from people unpivot (a for b in (ward, surname))", True),
        ("select b as a from people unpivot (a for b in (ward, surname))", False),
        ("select date_trunc('week', born) as a from people", True),
        ("select date_diff('day', born, date '2025-01-01') as a from people", True),
        ("select date_trunc('month', born) as a from people", False),
        ("select year(born) as a from people", False),
        ("select extract(year from born) as a from people", False),
        ("select ward as a from people where surname = 'x'", False),
        ("select count(distinct nhs_number) as a from people", False),
        ("select surname is null as a from people", False),
        ("select case when surname = 'x' then ward end as a from people", False),
        ("select row_number() over (order by surname) as a from people", False),
        ("select md5(s.salt || '|' || nhs_number) as a from people, salts as s", False),
        ("select salt as a from salts", True),
    ],
)
def test_what_holds_an_identifier_is_known(query: str, holds: bool) -> None:
    schema = MappingSchema(dialect="duckdb")
    people = ["nhs_number", "surname", "born", "ward"]
    schema.add_table("v.s.people", dict.fromkeys(people, "text"), dialect="duckdb")
    schema.add_table("v.s.salts", {"salt": "text"}, dialect="duckdb")
    held = {
        "v.s.people": {name: frozenset({name}) for name in people[:3]},
        "v.s.salts": {"salt": frozenset({"salt"})},
    }
    query = re.sub(r"(people|salts)( |$|\))", r"v.s.\1\2", query)
    assert bool(all_held(carried_by_sql(query, schema, held))) is holds


def test_no_identifier_reaches_hub_or_board_but_through_a_pseudonym(
    carried: dict[str, Carried], manifest: dict[str, Any]
) -> None:
    places: dict[str, dict[tuple[str, str], str]] = {}
    for name, columns in carried.items():
        zone = manifest["nodes"].get(name, {}).get("database", "delivered")
        for column, found in columns.items():
            if found:
                places.setdefault(zone, {})[name.split(".")[-1], column] = min(found)
    assert len(places["delivered"]) > 90
    assert len(places["vault"]) > 200
    assert places.keys() == {"delivered", "vault"}, (
        places.get("hub"),
        places.get("board"),
    )


def test_no_text_that_may_be_anything_reaches_hub_or_board(
    documented: Path, manifest: dict[str, Any]
) -> None:
    """Other columns have a form or a list, so a name or a number is no value there."""
    catalog = json.loads((documented / "catalog.json").read_text())
    carried = carried_by_models(manifest, catalog, free_texts)
    assert len(all_held(carried["model.leeds_intelligence_hub.quarantine"])) > 15
    found = {
        text
        for name, columns in carried.items()
        for text in all_held(columns)
        if manifest["nodes"].get(name, {}).get("database") in ("hub", "board")
    }
    # The commissioner's own name of a scheme.
    assert found == {"scheme.scheme_name"}


def python_models(manifest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The models whose lineage nobody can read, with their unique ids."""
    for name, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["language"] == "python":
            yield name, node


def test_python_models_keep_or_tag_the_identifiers_they_read(
    carried: dict[str, Carried], manifest: dict[str, Any]
) -> None:
    judged = 0
    for name, node in python_models(manifest):
        reads = {
            parent
            for parent in node["depends_on"]["nodes"]
            if all_held(carried.get(parent, {}))
        }
        judged += bool(reads)
        if node["database"] == "vault":
            assert not reads or tagged(node), (
                f"{name} tags no column it makes of {reads}"
            )
        else:
            assert not reads, f"{name} reads identifiers of {reads}"
    assert judged > 0


# Where opt-outs are applied: whoever is not in these has no pseudonym.
PSEUDONYMS = {"int_identity__pseudonyms", "int_identity__hub_links"}
# Counts by organisation and month that must agree with what the organisation counts
# itself, and so count everybody.
COUNTS_OF_EVERYBODY = {"int_delays__occupied_bed_days", "fct_delay_return"}


def test_what_is_made_of_identifiers_knows_who_opted_out(
    carried: dict[str, Carried], manifest: dict[str, Any]
) -> None:
    """It carries the person or meets the pseudonyms, or it is about quality.

    The models about quality count records, also those of people who opted out.
    """
    judged = 0
    unaware = set()
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["database"] != "vault":
            parents = node["depends_on"]["nodes"]
            if any(all_held(carried.get(parent, {})) for parent in parents):
                judged += 1
                known = {"person_id", "quality"} & {*node["columns"], *node["fqn"]}
                if not known | PSEUDONYMS & {one.split(".")[-1] for one in parents}:
                    unaware.add(node["name"])
    assert judged > 10
    assert unaware - COUNTS_OF_EVERYBODY == set()


# What tells of somebody by its name alone, and delivered columns of such a name that
# are about a status, a building or an area.
TELLING_NAME = re.compile(
    r"nhs.?n(umber|o)|forename|surname|(given|family).?name|birth|postcode"
    r"|(patient|person).{0,10}(id\b|identifier)",
    re.IGNORECASE,
)
HARMLESS = re.compile(
    r"status|^home\.postcode$|^bed_stock\.site_postcode$|lsoa", re.IGNORECASE
)


def test_identifiers_are_tagged_where_they_come_in(manifest: dict[str, Any]) -> None:
    found = {
        f"{source['name']}.{column}": column.lower() in tagged(source)
        for source in manifest["sources"].values()
        for column in source["columns"]
        if TELLING_NAME.search(column)
    }
    assert sum(found.values()) > 50
    untagged = [name for name, is_tagged in found.items() if not is_tagged]
    assert [name for name in untagged if not HARMLESS.search(name)] == []
