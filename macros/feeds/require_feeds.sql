{% macro require_feeds() %}
    {#- Stop before anything is built when there are no feeds to build from. -#}
    {% if execute and flags.WHICH in ('build', 'run') and not flags.EMPTY %}
        {% if count_files(feeds_root()) == 0 %}
            {{ exceptions.raise_compiler_error(
                "There are no feeds in the folder '" ~ feeds_root() ~ "'. Make the demo "
                ~ "city's with 'make feeds', or set HUB_FEEDS to the folder of your own."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}
