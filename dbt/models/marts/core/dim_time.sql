select
    cast(minute as integer) as minute_of_day,
    cast({{ whole_quotient('minute', '60') }} as integer) as hour_of_day,
    cast(minute % 60 as integer) as minute_of_hour,
    printf('%02d:%02d', {{ whole_quotient('minute', '60') }}, minute % 60) as time_label,
    {{ whole_quotient('minute', '60') }} between 8 and 17 as is_business_hour
from range(1440) as minutes (minute)
order by minute_of_day
