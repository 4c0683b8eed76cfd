{#-
  How a call was made, from the attributes of the span that records it: the more specific kind first, since databases and
  queues are reached over HTTP and RPC too. `warehouse.integrity.peers` has the same order.
-#}
{% macro connection_kind() -%}
    case
        when {{ attr('db.system.name') }} is not null then 'db'
        when coalesce({{ attr('messaging.system') }}, {{ attr('messaging.destination.name') }}) is not null then 'messaging'
        when coalesce({{ attr('rpc.system.name') }}, {{ attr('rpc.method') }}) is not null then 'rpc'
        when coalesce({{ attr('http.request.method') }}, {{ attr('url.full') }}) is not null then 'http'
        when kind in (4, 5) then 'messaging'
        else 'other'
    end
{%- endmacro %}
