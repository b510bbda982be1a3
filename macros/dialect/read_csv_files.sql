{% macro read_csv_files(folder_length, paths, header, columns, is_utf8) -%}
    {#- The rows of delimited text files in the columns of read_feed. -#}
    {{- adapter.dispatch('read_csv_files')(folder_length, paths, header, columns, is_utf8) -}}
{%- endmacro %}


{% macro duckdb__read_csv_files(folder_length, paths, header, columns, is_utf8) -%}
{#- Every physical line is read as text and split here, so that no line can take its
    neighbours with it and every row keeps its true line number. -#}
select
    file_id,
    line_number,
    struct_pack(
        {%- for column in columns %}
        "{{ column }}" := fields[{{ header.index(column) + 1 }}],
        {%- endfor %}
        line_defect := line_defect
    ) as raw,
    raw_text,
    line_defect is not null as is_malformed
from (
    select
        file_id,
        line_number,
        raw_text,
        case when len(fields) = {{ header | length }} then fields end as fields,
        case
            when line_defect is not null then line_defect
            when coalesce(len(fields), 0) <> {{ header | length }} then 'malformed_line'
        end as line_defect
    from (
        select
            file_id,
            line_number,
            line_defect,
            case when line_defect = 'line_too_long' then left(line, 1000) else line end
                as raw_text,
            case
                when line_defect is null then {{ duckdb__split_csv_line('line') }}
            end as fields
        from (
            select
                file_id,
                line_number,
                line,
                case
                    -- Splitting a line takes many times its size in memory.
                    when strlen(line) > {{ var('longest_line_bytes') }}
                        then 'line_too_long'
                    when not is_utf8 then 'not_utf8'
                    -- The end is enough: a byte order mark may stand before it.
                    when ends_with(line, header_line) then 'repeated_header'
                end as line_defect
            from (
                select
                    file_id,
                    line_number,
                    {{ duckdb__without_carriage_return('line') }} as line,
                    {{ duckdb__without_carriage_return('header_line') }} as header_line,
                    is_utf8
                from ({{ duckdb__csv_lines(folder_length, paths, is_utf8) }})
            )
            where line_number > 1 and line <> ''
        )
    )
)
{%- endmacro %}


{% macro duckdb__csv_lines(folder_length, paths, is_utf8) -%}
{#- Every line of the files. Of a file with bytes that are not UTF-8, the lines with
    such bytes have them written out (`\xE9`), the others are text like any other. -#}
select
    substr(filename, {{ folder_length + 1 }}) as file_id,
    unnest(line_numbers) as line_number,
    {% if is_utf8 -%}
    unnest(lines) as line,
    true as is_utf8,
    {%- else -%}
    coalesce(unnest(lines), unnest(escaped_lines)) as line,
    unnest(lines) is not null as is_utf8,
    {%- endif %}
    header_line
from (
    select
        *,
        range(1, len(lines) + 1) as line_numbers,
        ltrim(lines[1], chr(65279)) as header_line
    from (
        {%- if is_utf8 %}
        select
            filename,
            string_split(content, chr(10)) as lines
        from read_text({{ duckdb__list_of_text(paths) }})
        {%- else %}
        select
            filename,
            escaped_lines,
            list_transform(
                escaped_lines, lambda line: try(decode(cast(line as blob)))
            ) as lines
        from (
            select
                filename,
                string_split(cast(content as varchar), '\x0A') as escaped_lines
            from read_blob({{ duckdb__list_of_text(paths) }})
        )
        {%- endif %}
    )
)
{%- endmacro %}


{% macro duckdb__without_carriage_return(line) -%}
{#- Trimming is slow, so only the lines that need it are trimmed. -#}
case when ends_with({{ line }}, chr(13)) then rtrim({{ line }}, chr(13)) else {{ line }} end
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
