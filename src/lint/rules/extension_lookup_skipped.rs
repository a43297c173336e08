//! An extension API server that trusts no front proxy.

use crate::lint::facts::flags::switched_on;
use crate::lint::prelude::*;

pub(super) static RULE: Rule = Rule {
    id: "extension-lookup-skipped",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/extension-lookup-skipped.md"),
    checks: &[Check::Extension(|server, _| judge(server).into())],
};

fn judge(server: &ExtensionServer) -> Judged {
    let given = switched_on("authentication-skip-lookup", &server.setup.options.delegating.authentication_skip_lookup)?;
    if server.pins_requestheader_ca() {
        return Err(not_applicable("the requestheader CA is given by a flag"));
    }
    let object = &server.workload.object;
    Ok(vec![
        Finding::error(format!(
            "{object} trusts no front proxy: it neither reads the ConfigMap nor has a requestheader CA"
        ))
        .at(&given.value.origin.to(&given.flag), "nobody tells it whom to trust")
        .consequence(
            "Whatever kube-apiserver passes on is anonymous to it, so it answers 403, or 401, to every user; with 403 \
             on its discovery path the APIService is unavailable.",
        )
        .fix("Take --authentication-skip-lookup away; the ServiceAccount needs to read the ConfigMap then.")
        .identity([object.to_string(), "authentication-skip-lookup".to_owned()]),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::Expect;
    use crate::lint::testing::scene::Scene;

    #[test]
    fn fails_when_nothing_is_looked_up() {
        for flag in ["--authentication-skip-lookup", "--authentication-skip-lookup=true"] {
            let finding = Scene::new().flag(flag).check(&RULE).expect_error();
            assert!(finding.origin.source().starts_with("--authentication-skip-lookup"), "{}", finding.origin.source());
        }
    }

    #[test]
    fn passes_when_it_is_looked_up() {
        Scene::new().check(&RULE).expect_pass();
        Scene::new().flag("--authentication-skip-lookup=false").check(&RULE).expect_pass();
    }

    #[test]
    fn does_not_apply_with_a_ca_of_a_flag() {
        let scene = Scene::new().flag("--authentication-skip-lookup").flag("--requestheader-client-ca-file=/ca.crt");
        scene.check(&RULE).expect_not_applicable();
    }
}
