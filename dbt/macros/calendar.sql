{#- Parts of the calendar that engines spell differently. -#}

{#- In a select list: a row for every date from `first` to `last`, none when these are null. -#}
{% macro each_date(first, last) -%} {{ return(adapter.dispatch('each_date')(first, last)) }} {%- endmacro %}

{% macro default__each_date(first, last) -%}
    cast(unnest(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 day)) as date)
{%- endmacro %}

{% macro spark__each_date(first, last) -%} explode(sequence({{ first }}, {{ last }})) {%- endmacro %}

{#- 1 for Monday to 7 for Sunday. -#}
{% macro iso_day_of_week(date) -%} {{ return(adapter.dispatch('iso_day_of_week')(date)) }} {%- endmacro %}

{% macro default__iso_day_of_week(date) -%} cast(isodow({{ date }}) as integer) {%- endmacro %}

{% macro spark__iso_day_of_week(date) -%} weekday({{ date }}) + 1 {%- endmacro %}

{#- Year and week of ISO 8601 as one number: 202648. -#}
{% macro iso_year_week(date) -%} {{ return(adapter.dispatch('iso_year_week')(date)) }} {%- endmacro %}

{% macro default__iso_year_week(date) -%} cast(yearweek({{ date }}) as integer) {%- endmacro %}

{% macro spark__iso_year_week(date) -%} extract(yearofweek from {{ date }}) * 100 + weekofyear({{ date }}) {%- endmacro %}

{#- The weekday's whole name in English. -#}
{% macro day_name(date) -%} {{ return(adapter.dispatch('day_name')(date)) }} {%- endmacro %}

{% macro default__day_name(date) -%} dayname({{ date }}) {%- endmacro %}

{% macro spark__day_name(date) -%} date_format({{ date }}, 'EEEE') {%- endmacro %}
