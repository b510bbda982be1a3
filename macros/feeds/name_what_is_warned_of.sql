{% macro name_what_is_warned_of(results) %}
    {#- At the end of a run: the rows that tests with severity warn found, since dbt itself
        tells only how many. Such tests must not select identifiers. Arguments: the
        results of the run. -#}
    {% set limit = 50 %}
    {% for result in results if result.status == 'warn' and result.node.compiled_code %}
        {% set rows = run_query(
            'select * from (' ~ result.node.compiled_code ~ ') as found'
        ).rows %}
        {% do log('Warning of ' ~ result.node.name ~ ':', info=true) %}
        {% for row in rows.values() | list if loop.index <= limit %}
            {% set parts = [] %}
            {% for name, value in row.dict().items() if value is not none %}
                {% do parts.append(name ~ ' ' ~ value) %}
            {% endfor %}
            {% do log('  ' ~ parts | join(', '), info=true) %}
        {% endfor %}
        {% if rows | length > limit %}
            {% do log('  and ' ~ (rows | length - limit) ~ ' more', info=true) %}
        {% endif %}
    {% endfor %}
{% endmacro %}
