{% test unique_grain(model, nullable=[]) %}
    {#- No two rows of the model share the columns of its config.meta.grain, and none of
        these columns is null but those named in `nullable`. -#}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- set node = graph.nodes.values()
            | selectattr('resource_type', 'in', ['model', 'seed'])
            | selectattr('name', 'equalto', model.identifier) | first -%}
        {%- do columns.extend(node.config.meta.grain) -%}
    {%- endif -%}
    {%- set required = columns | reject('in', nullable) | list -%}
    -- Rows that are alike have the same hash, and numbers are counted in half the time.
    with suspects as (
        select {{ row_hash(columns) }} as row_hash
        from {{ model }}
        group by {{ row_hash(columns) }}
        having count(*) > 1
    )

    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    where {{ row_hash(columns) }} in (select row_hash from suspects)
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {%- if required %}
    union all
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    where
        {%- for column in required %}
        {{ column }} is null
        {{- " or" if not loop.last }}
        {%- endfor %}
    group by {{ columns | join(', ') }}
    {%- endif %}
{% endtest %}
