{% macro feeds_root(feed=none) -%}
    {#- The folder that holds `feed`. The published files may stand elsewhere. -#}
    {%- set root = env_var('HUB_FEEDS', 'demo/feeds').rstrip('/') -%}
    {%- if feed is none -%}
        {{- root -}}
    {%- elif feed == 'reference' -%}
        {{- env_var('HUB_REFERENCE', root ~ '/reference').rstrip('/') -}}
    {%- elif feed == 'published_delays' -%}
        {{- env_var('HUB_PUBLISHED_DELAYS', root ~ '/published_delays').rstrip('/') -}}
    {%- else -%}
        {{- root ~ '/' ~ feed -}}
    {%- endif -%}
{%- endmacro %}
