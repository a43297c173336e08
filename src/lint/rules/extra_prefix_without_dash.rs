//! A prefix that is one character too short.

use crate::lint::facts::flags::{list_flag, shown};
use crate::lint::facts::passed_on;
use crate::lint::facts::wording::at_the_servers;
use crate::lint::prelude::*;

const FLAG: &str = "requestheader-extra-headers-prefix";
const STANDARD: &str = "X-Remote-Extra-";

pub(super) static RULE: Rule = Rule {
    id: "extra-prefix-without-dash",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/extra-prefix-without-dash.md"),
    checks: &[Check::Trust(|setup, _| judge(setup).into())],
};

fn judge(setup: &Setup) -> Judged {
    let prefixes = entries(FLAG, &setup.options.requestheader_extra_headers_prefix)?;
    if prefixes.is_empty() {
        return Err(not_applicable(format!("--{FLAG} names no prefix")));
    }
    let lacks_dash = |prefix: &str| STANDARD.strip_suffix('-').is_some_and(|known| prefix.eq_ignore_ascii_case(known));
    let Some(prefix) = prefixes.iter().find(|prefix| lacks_dash(&prefix.value)) else { return Ok(Vec::new()) };
    let others = prefixes
        .iter()
        .map(|other| other.value.as_str())
        .filter(|other| !lacks_dash(other) && !other.eq_ignore_ascii_case(STANDARD));
    let fixed: Vec<&str> = std::iter::once(STANDARD).chain(others).collect();
    Ok(vec![
        Finding::warning(format!(
            "{} holds {}: the dash becomes part of every key",
            setup.called(FLAG),
            shown(prefixes)
        ))
        .at(&prefix.origin, "a dash is missing at the end")
        .consequence(
            "An extra such as `scopes` reaches extension API servers as `-scopes`, and what depends on it does not \
             apply.",
        )
        .demonstration(passed_on::demonstration_of_headers(setup))
        .fix(at_the_servers(setup, Fix::from("End the prefix with a dash.").flag(list_flag(FLAG, &fixed))))
        .identity([FLAG]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::{Cluster, Expect, check};

    #[test]
    fn fails_and_shows_the_key_with_a_dash() {
        let finding = check(&RULE, Cluster::new().server().set(FLAG, "X-Remote-Extra")).expect_finding();
        assert_eq!(finding.origin.source(), "X-Remote-Extra");
        assert_eq!(finding.fix.flags, ["--requestheader-extra-headers-prefix=X-Remote-Extra-"]);
        finding.shows("extra \"-scopes\"");
    }

    #[test]
    fn fails_beside_the_right_prefix_too() {
        let finding =
            check(&RULE, Cluster::new().server().set(FLAG, "X-Remote-Extra-,x-remote-extra,X-Other-")).expect_finding();
        assert_eq!(finding.fix.flags, ["--requestheader-extra-headers-prefix=X-Remote-Extra-,X-Other-"]);
    }

    #[test]
    fn passes_with_the_dash() {
        check(&RULE, Cluster::new().server()).expect_pass();
    }

    #[test]
    fn does_not_apply_without_a_prefix() {
        check(&RULE, Cluster::new().server().without(FLAG)).expect_not_applicable();
    }
}
