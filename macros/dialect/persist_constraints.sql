{% macro spark__persist_constraints(relation, model) %}
    {#- Stop when a column is null that must not be. dbt-spark sets constraints on Delta
        tables only. -#}
    {%- set names = [] -%}
    {%- if config.get('contract').enforced -%}
        {%- for column in model.columns.values() -%}
            {%- for constraint in column.constraints if constraint.type == 'not_null' -%}
                {%- do names.append(column.name) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if names and execute -%}
        {%- set found = run_query(
            'select 1 from ' ~ relation ~ ' where ' ~ names | join(' is null or ')
            ~ ' is null limit 1'
        ).rows -%}
        {%- if found | length > 0 -%}
            {{- exceptions.raise_compiler_error(
                'One of these columns of ' ~ relation ~ ' is null and must not be: '
                ~ names | join(', ')
            ) -}}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
