{#-
  The exponential histogram of OpenTelemetry at scale 6: bases 2^(1/64), so bucket i holds durations in
  (2^(i/64), 2^((i+1)/64)] nanoseconds. Durations of zero (and below) lie in bucket -32768.
-#}
{% macro zero_bucket() -%} -32768 {%- endmacro %}

{#-
  The greatest integer not above 2^(i/64), exact for -64 <= i <= 4031: the 64 constants are the integer parts of
  2^(62 + j/64), and shifting one right by 62 - k gives the integer part of 2^(k + j/64).
-#}
{% macro bucket_floor(i) -%} {{ return(adapter.dispatch('bucket_floor')(i)) }} {%- endmacro %}

{% macro default__bucket_floor(i) -%}
    (cast([{{ bucket_bounds() }}] as bigint[])[(({{ i }}) & 63) + 1] >> (62 - (({{ i }}) >> 6)))
{%- endmacro %}

{% macro spark__bucket_floor(i) -%}
    shiftright(element_at(array({{ bucket_bounds() }}), (({{ i }}) & 63) + 1), 62 - shiftright({{ i }}, 6))
{%- endmacro %}

{% macro bucket_bounds() -%}
        4611686018427387904, 4661903986662671289, 4712668792719003883, 4763986391269842979,
        4815862801830788490, 4868304109465667592, 4921316465500308115, 4974906088244084429,
        5029079263719320435, 5083842346398635250, 5139201759950318048, 5195163997991819502,
        5251735624851448219, 5308923276338361493, 5366733660520940720, 5425173558513642752,
        5484249825272419511, 5543969390398799154, 5604339258952723100, 5665366512274234280,
        5727058308814112982, 5789421884973557729, 5852464555953009676, 5916193716610220111,
        5980616842327661685, 6045741489889385140, 6111575298367424380, 6178125990017853851,
        6245401371186603363, 6313409333225136570, 6382157853416100551, 6451654995909055044,
        6521908912666391106, 6592927844419550152, 6664720121635655540, 6737294165494670077,
        6810658488877194079, 6884821697363019841, 6959792490240559659, 7035579661527265795,
        7112192101001162094, 7189638795243608238, 7267928828693418961, 7347071384712461870,
        7427075746662858865, 7507951298995917514, 7589707528352920109, 7672354024677899535,
        7755900482342532474, 7840356701283281882, 7925732588150922154, 8012038157472581777,
        8099283532826439816, 8187478948029213992, 8276634748336579668, 8366761391656660532,
        8457869449776733335, 8549969609603290562, 8643072674415606501, 8737189565132953756,
        8832331321595618838, 8928509103859867100, 9025734193507008925, 9124017994966720698
{%- endmacro %}

{#- Where a duration lies among the bounds (DOUBLE): bucket i is near i to i + 1. -#}
{% macro bucket_position(duration) -%} 64 * log2(greatest({{ duration }}, 1)) {%- endmacro %}

{#-
  Bucket of an integer duration, exact for every BIGINT: away from the bounds the logarithm decides, since its error is
  far below a millionth of a bucket; close to one, comparisons of integers with the bounds do. `position` is a column of
  bucket_position where there are many durations: written out, each of its uses would take a logarithm.
-#}
{% macro exponential_bucket(duration, position=none) -%}
    {%- set position = position or '(' ~ bucket_position(duration) ~ ')' -%}
    {%- set guess = "least(cast(ceil(" ~ position ~ ") as integer) - 1, 4031)" -%}
    case
        when {{ duration }} <= 0 then {{ zero_bucket() }}
        when {{ position }} - floor({{ position }}) between 0.000001 and 0.999999 then cast(floor({{ position }}) as integer)
        when {{ duration }} <= {{ bucket_floor(guess) }} then {{ guess }} - 1
        when {{ guess }} < 4031 and {{ duration }} > {{ bucket_floor('least(' ~ guess ~ ' + 1, 4031)') }} then {{ guess }} + 1
        else {{ guess }}
    end
{%- endmacro %}

{#- Inclusive upper bound of a bucket, nanoseconds (DOUBLE); 0 for the zero bucket. -#}
{% macro bucket_upper_bound(bucket) -%}
    case when {{ bucket }} = {{ zero_bucket() }} then 0.0 else pow(2.0, ({{ bucket }} + 1) / 64.0) end
{%- endmacro %}

{#-
  The value that stands for a bucket, nanoseconds (DOUBLE): 2 * lower * upper / (lower + upper), which is within
  (2^(1/64) - 1) / (2^(1/64) + 1) = 0.542 % of every duration of the bucket.
-#}
{% macro bucket_estimate(bucket) -%}
    {{ bucket_upper_bound(bucket) }} * 2.0 / (1.0 + pow(2.0, 1.0 / 64.0))
{%- endmacro %}

{#- A select that merges histograms: the buckets of `relation` summed up to `keys` (list of columns). -#}
{% macro merged_buckets(relation, keys) -%}
    select
        {{ keys | join(', ') }},
        bucket_index,
        cast(sum(span_count) as bigint) as span_count
    from {{ relation }}
    group by {{ keys | join(', ') }}, bucket_index
{%- endmacro %}

{#-
  The rank of a quantile among `count` values: ceil(q * n) for a decimal literal between 0 and 1, in whole numbers, since
  decimals of any precision take ten times as long.
-#}
{% macro nearest_rank(q, count) -%}
    {%- set scale = 10 ** (q | length - 2) -%}
    {{ whole_quotient('(' ~ count ~ ' * ' ~ (q | float * scale) | round | int ~ ' + ' ~ (scale - 1) ~ ')', scale) }}
{%- endmacro %}

{#-
  A select of quantiles from merged buckets, one row per `keys`: `quantiles` maps a column name to a decimal
  literal between 0 and 1. Nearest rank over durations above zero (rank = ceil(q * n)); null when there are none.
  `relation` holds one row per keys and bucket_index with span_count.
-#}
{% macro bucket_quantiles(relation, keys, quantiles) -%}
    select
        {{ keys | join(', ') }}
        {%- for name, q in quantiles.items() %},
        {{ bucket_estimate("min(bucket_index) filter (where cumulative_count >= " ~ nearest_rank(q, 'nonzero_count') ~ ")") }} as {{ name }}
        {%- endfor %}
    from (
        select
            {{ keys | join(', ') }},
            bucket_index,
            cast(sum(span_count) over (
                partition by {{ keys | join(', ') }} order by bucket_index
            ) as bigint) as cumulative_count,
            cast(sum(span_count) over (partition by {{ keys | join(', ') }}) as bigint) as nonzero_count
        from {{ relation }}
        where bucket_index <> {{ zero_bucket() }}
    ) as ranked
    group by {{ keys | join(', ') }}
{%- endmacro %}
