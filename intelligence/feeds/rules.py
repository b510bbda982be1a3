"""The project's own rules, applied to rows that have not been built into a hub.

The rules of a feed table are in SQL: in the macros that read its columns, in its base_
model and in that model's `config.meta`. Here the same files are rendered as dbt would
render them, and run in a DuckDB in memory. So what is said of a file before a build is
what the build will say. Only what the base_ models use of dbt is there.
"""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pyarrow as pa
import yaml

from intelligence.feeds.forms import MALFORMED, NUMBER_ELSEWHERE, TWO_NUMBERS
from intelligence.feeds.layouts import FeedTable, feed_tables
from intelligence.platform.connections import private_connection

PROJECT = Path(__file__).parents[2]
MODELS = PROJECT / "models" / "staging"
_MACRO = re.compile(r"({%-?\s*macro\s+)(\w+)")
# What read_feed returns, made of landed rows.
READ_FEED = """
select
    files.file_id,
    landed.line_number,
    struct_pack({columns}, line_defect := landed.line_defect) as raw,
    landed.raw_text,
    landed.line_defect is not null as is_malformed
from landed_rows as landed
inner join landed_files as files on landed.landed_id = files.landed_id
"""


class _ReturnedError(Exception):
    """How dbt's `return()` leaves a macro with a value that is no text."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class _Namespace:
    """Attributes for templates, such as `adapter.quote`."""

    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


class Project:
    """The SQL of the base_ models, rendered without dbt."""

    def __init__(self) -> None:
        """Read the macros; rendering needs nothing else of the project but its YAML."""
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do"])
        settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
        self.vars: dict[str, object] = settings["vars"]
        self.context: dict[str, object] = {
            "adapter": _Namespace(quote=_quoted, dispatch=self._dispatch),
            "builtins": {},
            "dbt": _Namespace(type_string=lambda: "varchar"),
            "execute": True,
            "graph": _Namespace(sources=self._sources()),
            "is_incremental": lambda: False,
            "project_name": settings["name"],
            "read_feed": self._read_feed,
            "ref": lambda name: name,
            "return": _leave,
            "source": lambda feed, name: _Namespace(schema=feed, identifier=name),
            "var": lambda name, default=None: self.vars.get(name, default),
        }
        for path in sorted((PROJECT / "macros").rglob("*.sql")):
            # As in dbt, a macro calls even those of its own file by way of the context.
            text = _MACRO.sub(r"\1called__\2", path.read_text("utf-8"))
            template = self.environment.from_string(text)
            for _, name in _MACRO.findall(path.read_text("utf-8")):
                call = functools.partial(self._call, template, name)
                self.context.setdefault(name, call)

    def _call(
        self, template: jinja2.Template, name: str, *values: object, **named: object
    ) -> Any:
        """Call a macro as dbt does: with all macros and names of dbt in sight."""
        try:
            module = template.make_module(self.context)
            return getattr(module, f"called__{name}")(*values, **named)
        except _ReturnedError as returned:
            return returned.value

    def _dispatch(self, name: str, *_: str) -> object:
        for prefix in ("duckdb__", "default__"):
            if prefix + name in self.context:
                return self.context[prefix + name]
        raise jinja2.UndefinedError(f"no macro {name} for DuckDB")

    @staticmethod
    def _sources() -> dict[str, object]:
        """The layouts in the form of dbt's graph."""
        return {
            f"{table.feed}.{table.name}": _Namespace(
                source_name=table.feed,
                name=table.name,
                columns={
                    column.name: {
                        "name": column.name,
                        "data_type": column.data_type,
                        "config": {
                            "meta": {"range": column.range} if column.range else {}
                        },
                    }
                    for column in table.columns
                },
            )
            for table in feed_tables().values()
        }

    @staticmethod
    def _read_feed(source: Any, _: object) -> str:
        table = feed_tables()[source.schema, source.identifier]
        columns = ", ".join(
            f"{_quoted(name)} := landed.{_quoted(name)}" for name in table.names
        )
        return READ_FEED.format(columns=columns)

    def render(self, path: Path, table: FeedTable) -> str:
        """Return the SQL of a base_ model."""
        meta = _metas(path.parent)[path.stem]
        self.context["model"] = _Namespace(
            name=path.stem,
            config=_Namespace(meta=meta),
            sources=[[table.feed, table.name]],
        )
        template = self.environment.from_string(path.read_text("utf-8"))
        return template.render(self.context)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _leave(value: object) -> None:
    raise _ReturnedError(value)


@functools.cache
def _metas(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the config.meta of every model of a folder."""
    (path,) = folder.glob("_*__models.yml")
    models = yaml.safe_load(path.read_text("utf-8"))["models"]
    return {
        model["name"]: (model.get("config") or {}).get("meta") or {} for model in models
    }


@functools.cache
def base_models() -> dict[tuple[str, str], Path]:
    """Return the base_ model of each feed table."""
    found = {}
    for path in sorted(MODELS.glob("*/base_*.sql")):
        source = re.search(
            r"source\(\s*'(\w+)',\s*'([^']+)'\s*\)", path.read_text("utf-8")
        )
        if source:
            found[source[1], source[2]] = path
    return found


class Judge:
    """Applies the rules of feed tables to landed rows, in a DuckDB in memory."""

    def __init__(self) -> None:
        """Open the database; the code lists are loaded as they are asked for."""
        self.connection = private_connection()
        self.project = Project()
        self.seeds = {path.stem: path for path in (PROJECT / "seeds").rglob("*.csv")}
        self.loaded: set[str] = set()

    def judged(
        self, table: FeedTable, rows: pa.Table, file_ids: Mapping[int, str]
    ) -> "Judged | None":
        """Judge the landed `rows` of files; None for a table that no model reads."""
        path = base_models().get((table.feed, table.name))
        if path is None:
            return None
        sql = self.project.render(path, table)
        for name in re.findall(r"\bfrom (\w+)\b", sql):
            if name in self.seeds and name not in self.loaded:
                self.connection.execute(
                    f"create table {name} as select * from read_csv(?, header = true, "
                    "all_varchar = true, nullstr = '')",
                    [str(self.seeds[name])],
                )
                self.loaded.add(name)
        self.connection.register("landed_rows", rows)
        self.connection.register(
            "landed_files",
            pa.table(
                {
                    "landed_id": pa.array(file_ids, pa.int64()),
                    "file_id": list(file_ids.values()),
                }
            ),
        )
        self.connection.execute(f"create or replace temp table judged as {sql}")
        return Judged(self.connection, sql, _metas(path.parent)[path.stem], path)


class Judged:
    """Rows with the rule that each breaks, and what their columns are made of."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        sql: str,
        meta: Mapping[str, Any],
        path: Path,
    ) -> None:
        """Take up rows that are in the table `judged`."""
        self.connection = connection
        self.sql = sql
        self.meta = meta
        # Which delivered column each column of the model is read from.
        self.delivered = {
            name: column
            for column, name in re.findall(
                r"raw_\w+\('([^']+)'\)\s*\)?\s*}}\s+as\s+(\w+)", path.read_text("utf-8")
            )
        }

    def rejected(self) -> list[tuple[str, str, int, list[int]]]:
        """Return file, rule, how many rows break it and the first lines that do."""
        return self.connection.execute(
            "select file_id, failed_rule, count(*), "
            "list(line_number order by line_number)[:5] "
            "from judged where failed_rule is not null "
            "group by file_id, failed_rule order by file_id, count(*) desc, failed_rule"
        ).fetchall()

    def columns_of(self, rule: str) -> list[str]:
        """Return the delivered columns that a rule looks at."""
        kind, _, column = rule.partition(": ")
        if kind in (MALFORMED, NUMBER_ELSEWHERE, TWO_NUMBERS):
            return [column]
        for ending in ("_unreadable", "_out_of_range"):
            column = rule.removesuffix(ending)
            if column != rule and column in self.meta.get("readable", {}):
                return [self.meta["readable"][column]]
        words = re.findall(r"\w+", str(self.meta.get("rules", {}).get(rule, "")))
        return [self.delivered[word] for word in words if word in self.delivered]

    def values(
        self, column: str, rule: str, file_id: str, rows: int = 3
    ) -> list[tuple[int, str]]:
        """Return the first values of a delivered column in rows that break a rule."""
        return self.connection.execute(
            f"select judged.line_number, landed.{_quoted(column)} from judged "
            "inner join landed_files as files on judged.file_id = files.file_id "
            "inner join landed_rows as landed on landed.landed_id = files.landed_id "
            "and landed.line_number = judged.line_number "
            "where judged.failed_rule = ? and judged.file_id = ? "
            "order by judged.line_number limit ?",
            [rule, file_id, rows],
        ).fetchall()
