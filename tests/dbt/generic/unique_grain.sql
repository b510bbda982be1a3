{% test unique_grain(model) %}
    {#- No two rows of the model share the columns of its config.meta.grain, and none of
        these columns is null. -#}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- set node = graph.nodes.values()
            | selectattr('resource_type', 'in', ['model', 'seed'])
            | selectattr('name', 'equalto', model.identifier) | first -%}
        {%- do columns.extend(node.config.meta.grain) -%}
    {%- endif %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {%- for column in columns %}
        or {{ column }} is null
        {%- endfor %}
{% endtest %}
