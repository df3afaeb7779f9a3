{# The application's id of a record: a pure function of its Salesforce id, null for null. #}
{% macro landfall_id(salesforce_id) -%}
    cast(md5('landfall:' || {{ salesforce_id }}) as uuid)
{%- endmacro %}
