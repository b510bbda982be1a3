{% macro event_id(kind, columns) -%}
    {#- Key of an event in the hub: a hash, under the vault's salt, of its kind and the
        source's own key. Needs int_identity__id_salt as `id_salt` beside the columns. -#}
    {{- event_id_of_kind("'" ~ kind ~ "'", columns) -}}
{%- endmacro %}


{% macro event_id_of_kind(kind, columns) -%}
    {#- As event_id, for a kind that is an SQL expression. -#}
    md5(
        id_salt.salt || '|' || {{ kind }}
        {%- for column in columns %}
        || '|' || {{ column }}
        {%- endfor %}
    )
{%- endmacro %}
