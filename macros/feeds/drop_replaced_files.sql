{% macro drop_replaced_files(files_relation) %}
    {#- Before new files are appended: forget the rows of files that a later submission
        replaced, and of files that are read again in another dialect. -#}
    {% if is_incremental() %}
        delete from {{ this }}
        where file_id not in (
            select file_id from {{ files_relation }}
            where is_current and not is_read_again
        )
    {% endif %}
{% endmacro %}
