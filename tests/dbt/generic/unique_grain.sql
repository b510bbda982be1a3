{% test unique_grain(model, nullable=[]) %}
    {#- No two rows of the model share the columns of its config.meta.grain, and none of
        these columns is null but those named in `nullable`. -#}
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
        {%- for column in columns if column not in nullable %}
        or {{ column }} is null
        {%- endfor %}
{% endtest %}
