//! An extension API server that starts without knowing whom to trust.

use crate::lint::facts::flags::switched_on;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "extension-lookup-tolerated",
    severity: Severity::Warning,
    text: include_str!("../../../docs/rules/extension-lookup-tolerated.md"),
    checks: &[Check::Extension(|server, _| judge(server).into())],
};

fn judge(server: &ExtensionServer) -> Judged {
    if server.skips_lookup() || server.pins_requestheader_ca() {
        return Err(not_applicable("the requestheader CA is not looked up"));
    }
    let given = switched_on(
        "authentication-tolerate-lookup-failure",
        &server.setup.options.delegating.authentication_tolerate_lookup_failure,
    )?;
    let object = &server.workload.object;
    Ok(vec![
        Finding::warning(format!(
            "{object} starts, and stays, without a front proxy when the ConfigMap cannot be \
             read"
        ))
        .at(&given.value.origin.to(&given.flag), "a failed look-up is not tried again")
        .consequence(
            "If kube-apiserver does not answer at the moment of the start, this Pod refuses all \
             that is passed on to it until it is started again; the Pods beside it work, so \
             requests fail now and then.",
        )
        .fix(
            "Take --authentication-tolerate-lookup-failure away: the server then ends, and is \
             started again until it can read the ConfigMap.",
        )
        .identity([object.to_string(), "authentication-tolerate-lookup-failure".to_owned()]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::Scene;

    const FLAG: &str = "--authentication-tolerate-lookup-failure";

    #[test]
    fn fails_when_a_failure_is_tolerated() {
        assert_eq!(Scene::new().flag(FLAG).check(&RULE).expect_finding().severity, Severity::Warning);
    }

    #[test]
    fn passes_when_it_is_not() {
        Scene::new().check(&RULE).expect_pass();
    }

    #[test]
    fn does_not_apply_when_nothing_is_looked_up() {
        Scene::new().flag(FLAG).flag("--authentication-skip-lookup").check(&RULE).expect_not_applicable();
    }
}
