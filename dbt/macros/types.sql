{#- Names of types that engines spell differently. -#}
{% macro text_type() -%} {{ return(adapter.dispatch('text_type')()) }} {%- endmacro %}

{% macro default__text_type() -%} varchar {%- endmacro %}

{% macro spark__text_type() -%} string {%- endmacro %}

{% macro list_of(type) -%} {{ return(adapter.dispatch('list_of')(type)) }} {%- endmacro %}

{% macro default__list_of(type) -%} {{ type }}[] {%- endmacro %}

{% macro spark__list_of(type) -%} array<{{ type }}> {%- endmacro %}
