{% macro keep_until_replaced(relation) -%}
    {#- Keep the rows that a model's table has before this build, for a model that reads
        them: an engine may drop the table before the model runs. -#}
    {{- return(adapter.dispatch('keep_until_replaced')(relation)) -}}
{%- endmacro %}


{% macro duckdb__keep_until_replaced(relation) -%}
{%- endmacro %}


{% macro spark__keep_until_replaced(relation) -%}
    {#- A build that was killed here has left the kept table alone: it stays. -#}
    {%- set kept = relation ~ '__before' -%}
    {%- if execute and load_relation(relation) is not none -%}
        {%- do run_query('drop table if exists ' ~ kept) -%}
        {%- do run_query('alter table ' ~ relation ~ ' rename to ' ~ kept) -%}
    {%- endif -%}
{%- endmacro %}
