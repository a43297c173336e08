//! Extension API servers are not told about a server's front proxy.

use crate::lint::facts::config_map_patch::{self, missing_authorities, names_in_use, patch, where_read};
use crate::lint::facts::flags;
use crate::lint::facts::look::found_or;
use crate::lint::facts::wording::{list, quoted, related, subject_and_fingerprint};
use crate::lint::{Check, Context, Finding, Fix, Outcome, Rule, Severity, Wanted};
use crate::model::{
    AllowedNames, Authentication, CertificateFile, ConfigMap, Reason, Request, Setup, TrustBundle, refuses_to_start,
};
use crate::x509::Certificate;
use crate::x509::path::verify;

pub(super) static RULE: Rule = Rule {
    id: "configmap-drift",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/configmap-drift.md"),
    checks: &[Check::ConfigMap(check)],
};

fn check(config_map: &ConfigMap, context: &Context<'_>) -> Outcome {
    let servers: Vec<&Setup> = context
        .beside
        .publishers()
        .into_iter()
        .filter(|server| !server.requestheader_client_ca.is_not_given())
        .collect();
    if servers.is_empty() {
        return Outcome::not_applicable("no kube-apiserver with --requestheader-client-ca-file was found beside it");
    }
    let servers: Vec<&Setup> = servers.into_iter().filter(|server| !refuses_to_start(server)).collect();
    if servers.is_empty() {
        return Outcome::not_applicable("a kube-apiserver that does not start writes nothing into it");
    }
    let mut findings = Vec::new();
    let mut unknown = None;
    for server in servers {
        let (found, not_known) = drift(context, config_map, server);
        for finding in found {
            // Servers with the same CA and names differ from the ConfigMap in the same way.
            if !findings.iter().any(|known: &Finding| known.identity == finding.identity) {
                findings.push(finding);
            }
        }
        unknown = unknown.or(not_known);
    }
    found_or(findings, unknown.map(|why| Outcome::Unknown(vec![why]))).into()
}

fn drift(context: &Context<'_>, config_map: &ConfigMap, server: &Setup) -> (Vec<Finding>, Option<Reason>) {
    let mut unknown = None;
    let authority = match server.requestheader_client_ca.get() {
        Err(why) => {
            unknown = Some(why);
            None
        }
        Ok(bundle) => {
            let missing = missing_authorities(config_map, bundle, context);
            (!missing.is_empty()).then(|| missing_authority(context, config_map, server, &missing))
        }
    };
    // Without any CA the names do not matter.
    let names = match (clean_names(server), config_map.reader().allowed_names()) {
        _ if authority.is_some() => None,
        (Err(why), _) | (_, Err(why)) => {
            unknown.get_or_insert(why);
            None
        }
        (Ok(server_names), Ok(config_map_names)) => {
            missing_names(context, config_map, server, &server_names, &config_map_names)
        }
    };
    (authority.into_iter().chain(names).collect(), unknown)
}

fn missing_authority(
    context: &Context<'_>,
    config_map: &ConfigMap,
    server: &Setup,
    missing: &[&Certificate],
) -> Finding {
    let names: Vec<String> = missing.iter().map(|certificate| subject_and_fingerprint(certificate)).collect();
    let names = list(&names, "and");
    let there = config_map.requestheader_client_ca().loaded();
    let has_none = config_map.requestheader_client_ca().is_not_given();
    let refusal = refusal(context, config_map, server).or_else(|| {
        has_none
            .then(|| "No certificate is a front proxy to an extension API server that reads the ConfigMap.".to_owned())
    });
    let origin = there.map_or(config_map.origin(), |bundle| &bundle.origin);
    let consequence = if has_none {
        "Extension API servers have no request header authenticator; to them, what this server proxies has no user."
    } else if refusal.is_some() {
        "Extension API servers refuse what this server proxies, with 401."
    } else {
        "Extension API servers refuse, with 401, what comes with a proxy client of this CA."
    };
    Finding {
        severity: if refusal.is_some() { Severity::Error } else { Severity::Warning },
        message: format!("the ConfigMap does not hold {names}, a requestheader CA of {}", where_read(server)),
        origin: origin.clone(),
        label: if has_none { "no requestheader-client-ca-file" } else { "other CAs" }.to_owned(),
        related: server
            .requestheader_client_ca
            .origin()
            .map(|origin| related(origin, "what the server trusts"))
            .into_iter()
            .collect(),
        consequence: consequence.to_owned(),
        demonstration: refusal,
        fix: add_authorities(context, config_map, server, missing, &names),
        identity: missing.iter().map(|certificate| certificate.fingerprint()).collect(),
    }
}

fn add_authorities(
    context: &Context<'_>,
    config_map: &ConfigMap,
    server: &Setup,
    missing: &[&Certificate],
    names: &str,
) -> Fix {
    let there = config_map.requestheader_client_ca().loaded();
    if there.is_some() && lets_every_name_in(config_map, server) {
        return Fix::from(format!(
            "Start {} with its flags, or wait a minute where it runs with them: it writes {names} into the ConfigMap by \
             itself, with the names that it requires. The ConfigMap lists no name, so that the CA alone would make every \
             certificate of it a front proxy.",
            where_read(server)
        ));
    }
    // Who waits for a server that is to be started with a new CA starts it too early.
    let add = match server.invocation.format.has_no_flags() {
        true => format!(
            "Add {names} to the ConfigMap before a kube-apiserver is started with it. One that has it already writes it there \
             by itself, within a minute."
        ),
        false => {
            format!(
                "kube-apiserver writes {names} into the ConfigMap by itself, within a minute; where it has not, add it."
            )
        }
    };
    let authorities = there.into_iter().flat_map(TrustBundle::certificates).chain(missing.iter().copied());
    let wanted = Wanted {
        authorities: Some(authorities.cloned().collect()),
        // Beside CAs that are in use the first name would end it for all clients of servers that list none and are not given.
        names: there.is_none().then(|| names_with(config_map, server, context)).flatten(),
        ..Wanted::default()
    };
    patch(config_map, add, wanted)
}

/// Whether the ConfigMap would make front proxies of more certificates of a CA than the server does. Files alone do not say
/// what a server requires.
fn lets_every_name_in(config_map: &ConfigMap, server: &Setup) -> bool {
    !server.invocation.format.has_no_flags()
        && config_map.reader().allowed_names() == Ok(AllowedNames::Any)
        && matches!(server.allowed_names(), Ok(AllowedNames::Only(_)))
}

const ADD: &str = "kube-apiserver adds its names to the ConfigMap by itself, within a minute; where it has not, do so.";
const ADD_OF_CLIENT: &str = "A kube-apiserver without a list adds no name, and the lists of others count for all: add the name of \
     its proxy client, and list it with --requestheader-allowed-names.";

fn missing_names(
    context: &Context<'_>,
    config_map: &ConfigMap,
    server: &Setup,
    server_names: &AllowedNames,
    config_map_names: &AllowedNames,
) -> Option<Finding> {
    let refusal = refusal(context, config_map, server);
    let (message, label, consequence, identity) = match (server_names, config_map_names) {
        (AllowedNames::Only(required), AllowedNames::Any) => (
            format!("the ConfigMap requires no name, {} requires {}", where_read(server), quoted(required, "or")),
            "no names",
            "Extension API servers take every certificate of the requestheader CA as a front proxy.",
            "no names".to_owned(),
        ),
        (AllowedNames::Only(_), AllowedNames::Only(_)) => {
            let missing = config_map_patch::missing_names(config_map_names, server_names);
            if missing.is_empty() {
                return None;
            }
            let missing = quoted(&missing, "and");
            (
                format!("the ConfigMap does not hold {missing}, which {} allows", where_read(server)),
                "other names",
                "Extension API servers refuse front proxies of that name, with 401.",
                missing,
            )
        }
        (AllowedNames::Any, AllowedNames::Only(known)) if refusal.is_some() => (
            format!("{} allows every name, the ConfigMap only {}", where_read(server), quoted(known, "and")),
            "not the proxy client's name",
            "Extension API servers refuse what this server proxies, with 401.",
            quoted(known, "and"),
        ),
        _ => return None,
    };
    let given = config_map.names().origin().unwrap_or(config_map.origin());
    let allowed = server.options.requestheader_allowed_names.origin();
    Some(Finding {
        severity: if refusal.is_some() { Severity::Error } else { Severity::Warning },
        message,
        origin: given.clone(),
        label: label.to_owned(),
        related: allowed.map(|origin| related(origin, "what the server allows")).into_iter().collect(),
        consequence: consequence.to_owned(),
        demonstration: refusal,
        fix: patch(
            config_map,
            if *server_names == AllowedNames::Any { ADD_OF_CLIENT } else { ADD },
            Wanted { names: names_with(config_map, server, context), ..Wanted::default() },
        ),
        identity: vec!["requestheader-allowed-names".to_owned(), identity],
    })
}

/// The names of a server as they were meant: with blanks and quotes around them nobody has them, and another rule has them
/// written again.
fn clean_names(server: &Setup) -> Result<AllowedNames, Reason> {
    Ok(match server.allowed_names()? {
        AllowedNames::Only(names) => AllowedNames::Only(names.into_iter().filter(|name| is_clean(name)).collect()),
        AllowedNames::Any => AllowedNames::Any,
    })
}

/// Whether nothing is around a name that is not its own.
fn is_clean(name: &str) -> bool {
    !name.is_empty() && flags::meant(name) == name
}

/// The names that the ConfigMap is to hold with those of this server; `None`: it has them, or they are not known. Where it
/// holds none they are those of all servers, because the first list ends for all that every name is allowed.
fn names_with(config_map: &ConfigMap, server: &Setup, context: &Context<'_>) -> Option<Vec<String>> {
    let known = match config_map.reader().allowed_names().ok()? {
        AllowedNames::Only(known) => known,
        AllowedNames::Any => Vec::new(),
    };
    let servers = if known.is_empty() { context.beside.publishers() } else { vec![server] };
    let (names, unknown) = names_in_use(&servers);
    let missing: Vec<String> = names.into_iter().filter(|name| is_clean(name) && !known.contains(name)).collect();
    let is_known = unknown.is_none() && !missing.is_empty();
    is_known.then(|| known.into_iter().chain(missing).collect())
}

/// What an extension API server answers to this server's proxy client, where the server itself takes it and that one
/// does not.
fn refusal(context: &Context<'_>, config_map: &ConfigMap, server: &Setup) -> Option<String> {
    let file = server.proxy_client.loaded()?;
    // Of a server whose flags are not all here, such as a PKI directory's, the two bundles tell.
    if Authentication::of(server).is_err() {
        return path_ends(context, config_map, server, file);
    }
    let headers = vec![("X-Remote-User".to_owned(), "eve".to_owned())];
    let request = Request { certificates: file.sent(), headers };
    let ask = |setup: &Setup| Some(Authentication::of(setup).ok()?.authenticate(&request, context.now));
    ask(server)?.front_proxy_user()?;
    let decision = ask(config_map.reader()).filter(|decision| decision.front_proxy_user().is_none())?;
    let why = decision.refusal().map(|why| format!("answers 401 to it ({why})"));
    let user = decision.user.map(|user| format!("takes it for {}", user.username));
    Some(format!(
        "{} takes its own proxy client {} for a front proxy; an extension API server that reads the ConfigMap {}.",
        where_read(server),
        file.leaf.value.subject,
        why.or(user).unwrap_or_else(|| "answers 401 to it".to_owned())
    ))
}

/// The server's proxy client has a path to the server's own bundle and none to the ConfigMap's.
fn path_ends(context: &Context<'_>, config_map: &ConfigMap, server: &Setup, file: &CertificateFile) -> Option<String> {
    let leads_to = |bundle: &TrustBundle| {
        verify(&file.leaf.value, bundle.pool(), &file.intermediates(), context.now).map_err(|error| error.to_string())
    };
    leads_to(server.requestheader_client_ca.loaded()?).ok()?;
    let why = leads_to(config_map.requestheader_client_ca().loaded()?).err()?;
    let client = &file.leaf.value.subject;
    Some(format!("An extension API server that reads the ConfigMap answers 401 to the proxy client {client} ({why})."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::scene::{DEPLOYMENT, Scene};
    use crate::lint::testing::{
        Cluster, Expect, FRONT_PROXY_CA, Issued, PINNED, PROXY_CLIENT, PROXY_CLIENT_KEY, check, check_beside,
        setup_of_document,
    };

    #[test]
    fn fails_when_the_servers_ca_is_missing() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        let config_map = other.config_map().read();
        check_beside(&RULE, &config_map, &[&cluster.server()]).expect_error().shows("unknown authority");
        // Three servers with one CA are one finding.
        let (one, two) = (cluster.server().setup(), cluster.server().setup());
        check_beside(&RULE, &config_map, &[&one, &two]).expect_finding();
    }

    #[test]
    fn fails_when_a_directory_alone_shows_that_the_client_is_refused() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        let directory = |cluster: &Cluster| cluster.server().without("client-ca-file").fragment().setup();
        let config_map = other.config_map().read();
        check_beside(&RULE, &config_map, &[&directory(&cluster)]).expect_error().shows("unknown authority");
        // No server that runs with a CA that lies in a directory is known: who waits for one waits for ever.
        let mut made = cluster.server().setup();
        made.invocation.format = crate::source::InputFormat::PkiDirectory;
        let fix = check_beside(&RULE, &config_map, &[&made]).expect_finding().fix;
        assert!(fix.sentence.contains("to the ConfigMap before a kube-apiserver is started with it"), "{fix}");
        // A client of another CA is refused by the server itself, which is another fault.
        let stranger = cluster.server().file(PROXY_CLIENT, &Cluster::new().proxy_client.pem).without("client-ca-file");
        let stranger = stranger.without("proxy-client-key-file");
        let found = check_beside(&RULE, &config_map, &[&stranger.fragment().setup()]).expect_finding();
        assert_eq!(found.severity, Severity::Warning);
        found.explains("what comes with a proxy client of this CA");
    }

    #[test]
    fn fails_when_the_servers_name_or_all_of_it_is_missing() {
        let cluster = Cluster::new();
        let server = cluster.server().setup();
        let name = cluster.config_map().set("requestheader-allowed-names", r#"["aggregator"]"#).read();
        check_beside(&RULE, &name, &[&server]).expect_error().says("`front-proxy-client`");
        let empty = cluster.config_map().without("requestheader-client-ca-file").read();
        assert_eq!(check_beside(&RULE, &empty, &[&server]).expect_finding().severity, Severity::Error);
        let any = cluster.config_map().set("requestheader-allowed-names", "[]").read();
        assert_eq!(check_beside(&RULE, &any, &[&server]).expect_finding().severity, Severity::Warning);
    }

    #[test]
    fn passes_when_it_holds_more_than_the_server() {
        let cluster = Cluster::new();
        let server = cluster.server().setup();
        let both = format!("{}{}", Cluster::new().front_proxy_ca.pem, cluster.front_proxy_ca.pem);
        let config_map = cluster
            .config_map()
            .set("requestheader-client-ca-file", &both)
            .set("requestheader-allowed-names", r#"["aggregator", "front-proxy-client"]"#);
        check_beside(&RULE, &config_map, &[&server]).expect_pass();
        let any = cluster.server().set("requestheader-allowed-names", "").setup();
        check_beside(&RULE, &config_map, &[&any]).expect_pass();
    }

    #[test]
    fn is_unknown_when_the_servers_ca_was_not_looked_at() {
        let cluster = Cluster::new();
        let server = cluster.server().without_file(FRONT_PROXY_CA).setup();
        check_beside(&RULE, cluster.config_map(), &[&server]).expect_unknown();
    }

    /// A server that does not start writes nothing; blanks and quotes are other rules'.
    #[test]
    fn names_that_nobody_means_are_none_that_is_missing() {
        let cluster = Cluster::new();
        let with = |names: &str| cluster.server().set("requestheader-allowed-names", names).setup();
        check_beside(&RULE, cluster.config_map(), &[&with("front-proxy-client,")]).expect_not_applicable();
        check_beside(&RULE, cluster.config_map(), &[&with("'front-proxy-client'")]).expect_pass();
    }

    #[test]
    fn adds_the_first_ca_with_the_names_of_all_servers_where_every_name_is_allowed() {
        let (cluster, other) = (Cluster::new(), Cluster::new());
        let open = other.config_map().set("requestheader-allowed-names", "[]").set("resource-version", "7");
        let config_map = open.clone().set("requestheader-client-ca-file", "").read();
        let aggregator = cluster.front_proxy_ca.client("aggregator");
        let second = cluster
            .server()
            .file(PROXY_CLIENT, &aggregator.pem)
            .file(PROXY_CLIENT_KEY, &aggregator.key_pem)
            .set("requestheader-allowed-names", "aggregator");
        let fix = check_beside(&RULE, &config_map, &[&cluster.server(), &second]).expect_finding().fix;
        assert!(fix.to_string().contains("[\\\"front-proxy-client\\\",\\\"aggregator\\\"]"), "{fix}");
        // Whoever has the CA that is there may be a server that is not given, and without a name all of this CA would pass.
        let fix = check_beside(&RULE, open.read(), &[&cluster.server(), &second]).expect_finding().fix;
        assert!(fix.commands.is_empty() && fix.sentence.contains("The ConfigMap lists no name"), "{fix}");
        let any = cluster.server().set("requestheader-allowed-names", "");
        let fix = check_beside(&RULE, open.read(), &[&any]).expect_finding().fix;
        assert!(fix.commands.len() == 1 && !fix.commands[0].contains("allowed-names"), "{fix}");
    }

    /// The CA that an extension API server mounts for itself.
    #[test]
    fn a_pinned_ca_is_no_servers() {
        let cluster = Cluster::new();
        let pinned = |key: &str| {
            let pem = cluster.client_ca.pem.trim_end().replace('\n', "\n    ");
            let scene = Scene::new().config_map(&cluster).ca_volume(&cluster.client_ca);
            let scene = scene.flag(&format!("--requestheader-client-ca-file=/fp/{key}"));
            let mount = "        volumeMounts:\n        - {name: fp, mountPath: /fp}\n";
            let volume = "      volumes:\n      - {name: fp, configMap: {name: fp-ca}}\n";
            scene.change(DEPLOYMENT, "        volumeMounts:\n", mount).change(DEPLOYMENT, "      volumes:\n", volume).add(
                &format!(
                    "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: fp-ca, namespace: wardle}}\ndata:\n  {key}: |\n    \
                     {pem}\n"
                ),
            )
        };
        pinned("front-proxy-ca.crt").check(&RULE).expect_not_applicable();
        // It is read as any server's where nothing mounts it.
        let elsewhere = pinned("front-proxy-ca.crt").change(DEPLOYMENT, "configMap: {name: fp-ca}", "emptyDir: {}");
        elsewhere.check(&RULE).expect_finding();
    }

    /// What is left of a CA in an object, mounted or not, is none that a kube-apiserver publishes.
    #[test]
    fn an_object_beside_a_server_is_none() {
        let cluster = Cluster::new();
        let pem = ["", &Issued::ca("old").pem, "", ""];
        let left = setup_of_document(PINNED, pem);
        let config_map = cluster.config_map().read();
        check_beside(&RULE, &config_map, &[&left, &cluster.server()]).expect_pass();
        let other = cluster.config_map().set("requestheader-client-ca-file", &Issued::ca("other").pem);
        let found = check_beside(&RULE, other, &[&left, &cluster.server()]).expect_finding();
        assert_eq!(found.identity, [cluster.front_proxy_ca.certificate().fingerprint()]);
        check_beside(&RULE, &config_map, &[&left]).expect_finding();
    }

    #[test]
    fn does_not_apply_without_a_server() {
        let cluster = Cluster::new();
        check(&RULE, cluster.config_map()).expect_not_applicable();
        let without = cluster.server().without("requestheader-client-ca-file").setup();
        check_beside(&RULE, cluster.config_map(), &[&without]).expect_not_applicable();
    }
}
