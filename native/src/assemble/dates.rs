//! Dates as ISO text.

/// `YYYY-MM-DD` of days since 1970-01-01. The calendar repeats every 400 years; counted from 1 March of year 0, the
/// leap day is the last of its year.
pub fn iso_date(days: i32) -> String {
    let days = i64::from(days) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + carry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        for (days, date) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (19_782, "2024-02-29"),
            (20_453, "2025-12-31"),
            (-1, "1969-12-31"),
            (-719_468, "0000-03-01"),
        ] {
            assert_eq!(iso_date(days), date);
        }
    }
}
