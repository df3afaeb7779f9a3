{# PostgreSQL would compile the large expressions of models for longer than it takes to run them. #}
{% macro without_jit() %} {{- adapter.dispatch("without_jit")() -}} {% endmacro %}


{% macro default__without_jit() %} {% endmacro %}


{% macro postgres__without_jit() %} set local jit = off{% endmacro %}
