{#-
  The innermost frame of a stack trace, as one line without positions in files: Python puts it last
  (`File "shop/cart.py", line 3, in add`), Java, JavaScript and .NET first (`at shop.Cart.add(Cart.java:3)`), Go after
  `goroutine`. Null when there is none.
-#}
{% macro stack_top(stacktrace) -%}
    coalesce(
        regexp_extract_all({{ stacktrace }}, 'File "[^"]+", line [0-9]+, in [^\r\n]+')[-1],
        nullif(trim(regexp_extract({{ stacktrace }}, '(?:^|\n)\s*(at [^\r\n]+)', 1)), ''),
        nullif(trim(regexp_extract({{ stacktrace }}, 'goroutine [^\n]*\n([^\r\n]+)', 1)), '')
    )
{%- endmacro %}

{#- Text without what differs from one occurrence to the next: ids, addresses, numbers. -#}
{% macro without_particulars(text) -%}
    regexp_replace(
        {{ text }}, '0x[0-9a-fA-F]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\b[0-9a-fA-F]{16,}\b|[0-9]+', '#', 'g'
    )
{%- endmacro %}

{#- Equal for exceptions of one type that come from one place: type and innermost frame, or the message without one. -#}
{% macro exception_fingerprint(type, frame, message) -%}
    md5(concat_ws(chr(31), coalesce({{ type }}, ''), coalesce({{ frame }}, {{ without_particulars(message) }}, '')))
{%- endmacro %}
