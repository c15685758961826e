//! Shares of a whole.

/// A share in percent with two decimals, as `pgstattuple` prints it (`%.2f`, which rounds a tie
/// to the even digit); 0 of nothing.
///
/// ```
/// use pgautopsy::analysis::share::percent;
/// assert_eq!(percent(1, 3), 33.33);
/// assert_eq!(percent(1280, 8192), 15.62); // 15.625
/// assert_eq!(percent(0, 0), 0.0);
/// ```
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "two decimals are kept")]
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    two_decimals(100.0 * part as f64 / whole as f64)
}

/// The number as `%.2f` prints it.
pub(super) fn two_decimals(number: f64) -> f64 {
    format!("{number:.2}").parse().unwrap_or(number)
}
