{# Whether the texts of e-mails may reach the application; docs/reference/settings.md. #}
{% macro email_bodies_wanted() -%}
    {{- return(env_var("LANDFALL_EMAIL_BODIES", "false") | lower == "true") -}}
{%- endmacro %}
