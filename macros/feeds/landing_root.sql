{% macro landing_root() -%}
    {#- The folder of the landed files. -#}
    {{- env_var('HUB_BUILD', 'build') -}}/landing
{%- endmacro %}
