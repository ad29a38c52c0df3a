use aws_sdk_cognitoidentityprovider::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

use super::UserPool;

/// One region of each partition in the SDK, and one region that does not exist yet.
const REGIONS: [&str; 9] = [
    "eu-west-1",
    "cn-north-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "us-east-9",
];

#[test]
fn issuer_matches_the_sdk_endpoint_of_each_partition() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for region in REGIONS {
        let parameters = Params::builder().region(region).build().unwrap();
        let endpoint = runtime.block_on(DefaultResolver::new().resolve_endpoint(&parameters)).unwrap();
        let id = format!("{region}_AbCdEfGhI");
        let pool = UserPool {
            region: region.to_owned(),
            endpoint_url: None,
            id: id.clone(),
            client_id: "1example23456789".to_owned(),
            client_secret: None,
        };
        assert_eq!(pool.issuer(), format!("{}/{id}", endpoint.url()));
    }
}
