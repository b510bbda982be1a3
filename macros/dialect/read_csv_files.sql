{% macro read_csv_files(root, paths, header, columns) -%}
    {#- The rows of delimited text files in the columns of read_feed. -#}
    {{- adapter.dispatch('read_csv_files')(root, paths, header, columns) -}}
{%- endmacro %}


{% macro duckdb__read_csv_files(root, paths, header, columns) -%}
{#- Every physical line is read as text and split here, so that no line can take its
    neighbours with it and every row keeps its true line number. -#}
select
    file_id,
    line_number,
    case
        when not is_malformed then struct_pack(
            {%- for column in columns %}
            "{{ column }}" := fields[{{ header.index(column) + 1 }}]
            {{- "," if not loop.last }}
            {%- endfor %}
        )
    end as raw,
    raw_text,
    is_malformed
from (
    select
        file_id,
        line_number,
        raw_text,
        fields,
        coalesce(len(fields), 0) <> {{ header | length }} as is_malformed
    from (
        select
            file_id,
            line_number,
            raw_text,
            {{ duckdb__split_csv_line('raw_text') }} as fields
        from (
            select
                substr(filename, {{ root | length + 2 }}) as file_id,
                unnest(line_numbers) as line_number,
                rtrim(unnest(lines), chr(13)) as raw_text
            from (
                select
                    filename,
                    lines,
                    range(1, len(lines) + 1) as line_numbers
                from (
                    select
                        filename,
                        string_split(content, chr(10)) as lines
                    from read_text({{ duckdb__list_of_text(paths) }})
                )
            )
        )
        where line_number > 1 and raw_text <> ''
    )
)
{%- endmacro %}


{% macro duckdb__split_csv_line(line) -%}
{#- The fields of one RFC 4180 line; null when its quotes do not pair up. -#}
case
    when strpos({{ line }}, '"') = 0 then string_split({{ line }}, ',')
    when
        list_sum(list_transform(
            regexp_extract_all({{ line }} || ',', '("(?:[^"]|"")*"|[^",]*),', 1),
            lambda field: len(field) + 1
        )) = len({{ line }}) + 1
        then list_transform(
            regexp_extract_all({{ line }} || ',', '("(?:[^"]|"")*"|[^",]*),', 1),
            lambda field: case
                when starts_with(field, '"')
                    then replace(substr(field, 2, len(field) - 2), '""', '"')
                else field
            end
        )
end
{%- endmacro %}
