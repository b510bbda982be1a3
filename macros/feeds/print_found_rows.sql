{% macro print_found_rows(results) %}
    {#- At the end of a run, print the rows that tests found: dbt itself prints only their
        number. Tests of severity warn must not select identifiers. Of a failed test the
        rows are printed if it reads nothing in the vault or says that it is free of
        identifiers (config.meta.is_free_of_identifiers). -#}
    {% set limit = 50 %}
    {% for result in results
        if result.status in ('warn', 'fail') and result.node.compiled_code %}
        {% set node = result.node %}
        {% set in_vault = graph.nodes.values()
            | selectattr('unique_id', 'in', node.depends_on.nodes)
            | selectattr('config.group', 'equalto', 'vault') | list %}
        {% if result.status == 'warn' or not in_vault
            or node.config.meta.get('is_free_of_identifiers') %}
            {% set rows = run_query(
                'select * from (' ~ node.compiled_code ~ ') as found'
            ).rows %}
            {% do log(
                ('Warning of ' if result.status == 'warn' else 'Failure of ')
                ~ node.name ~ ':', info=true
            ) %}
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
        {% endif %}
    {% endfor %}
{% endmacro %}
