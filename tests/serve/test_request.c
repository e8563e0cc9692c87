/* SPDX-License-Identifier: MIT */
/* test_request.c - who may ask a server what: origin, token, address, body. */
#include "program.h"

#include "serve/request.h"

static const serve_site site = { .port = 8788, .token = "0123456789abcdef0123456789abcdef" };

#define COOKIE "rnnrepair-8788=0123456789abcdef0123456789abcdef"

/* What a browser that has the cookie sends. */
static serve_request get(const char *target)
{
    return (serve_request){
        .method = "GET", .target = target, .host = "127.0.0.1:8788", .cookie = COOKIE
    };
}

static serve_request post(const char *target)
{
    serve_request q = get(target);

    q.method = "POST";
    q.content_type = "application/json";
    q.content_length = "12";
    return q;
}

/* The status; what is found is released. */
static unsigned status_of(serve_request q)
{
    rr_error err = { RR_OK, -1, "" };
    serve_route route;
    const unsigned status = serve_receive(&site, &q, &route, &err);

    assert_int_equal(status != SERVE_OK, err.msg[0] != '\0');
    serve_route_clear(&route);
    return status;
}

static void only_this_hosts_names_are_served(void **state)
{
    static const char *const own[] = { "127.0.0.1:8788", "localhost:8788", "LOCALHOST:8788",
                                       "[::1]:8788" };
    static const char *const others[] = { "127.0.0.1",         "127.0.0.1:8789",
                                          "evil.example:8788", "localhost:8788.evil.example",
                                          "127.0.0.1:8788:80", "",
                                          "0.0.0.0:8788",      "localhost",
                                          "x127.0.0.1:8788",   "127.0.0.1.evil.example:8788" };
    serve_request q = get("/");

    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        q.host = own[i];
        assert_int_equal(status_of(q), SERVE_OK);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        q.host = others[i];
        assert_int_equal(status_of(q), SERVE_FORBIDDEN);
    }
    q.host = NULL;
    assert_int_equal(status_of(q), SERVE_FORBIDDEN);
    q = get("/");
    q.repeated = 1;
    assert_int_equal(status_of(q), SERVE_BAD_REQUEST);
}

static void pages_of_other_sites_are_refused(void **state)
{
    static const char *const others[] = { "http://evil.example", "null", "https://127.0.0.1:8788",
                                          "http://127.0.0.1:8789", "http://localhost:8788/" };
    serve_request q = get("/api/explain.json");

    (void)state;
    q.origin = "http://localhost:8788";
    assert_int_equal(status_of(q), SERVE_OK);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        q.origin = others[i];
        assert_int_equal(status_of(q), SERVE_FORBIDDEN);
    }
    q.origin = NULL;
    q.fetch_site = "same-origin";
    assert_int_equal(status_of(q), SERVE_OK);
    q.fetch_site = "same-site"; /* another port of this machine */
    assert_int_equal(status_of(q), SERVE_FORBIDDEN);
    q.fetch_site = "cross-site";
    assert_int_equal(status_of(q), SERVE_FORBIDDEN);
    q.target = "/"; /* a link was followed */
    assert_int_equal(status_of(q), SERVE_OK);
}

static void the_token_is_needed_for_everything(void **state)
{
    static const char *const targets[] = { "/", "/data/manifest", "/api/", "/api/explain.json",
                                           "/nothing" };
    static const char *const wrong[] = {
        "",
        "rnnrepair-8788=",
        "rnnrepair-8788=0123456789abcdef0123456789abcdee",
        "rnnrepair-8788=0123456789abcdef0123456789abcdef0",
        "rnnrepair-8789=0123456789abcdef0123456789abcdef",
        "xrnnrepair-8788=0123456789abcdef0123456789abcdef",
        "a=rnnrepair-8788=0123456789abcdef0123456789abcdef",
    };

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        serve_request q = get(targets[i]);
        q.cookie = NULL;
        assert_int_equal(status_of(q), SERVE_UNAUTHORIZED);
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
            q.cookie = wrong[k];
            assert_int_equal(status_of(q), SERVE_UNAUTHORIZED);
        }
    }
    serve_request q = get("/api/?token=0123456789abcdef0123456789abcdef");
    q.cookie = NULL; /* the address of the page alone has it */
    assert_int_equal(status_of(q), SERVE_UNAUTHORIZED);
    q = get("/");
    q.cookie = "a=b; " COOKIE "; c=d";
    assert_int_equal(status_of(q), SERVE_OK);
    q.cookie = NULL;
    q.authorization = "bearer 0123456789abcdef0123456789abcdef";
    assert_int_equal(status_of(q), SERVE_OK);
    q.authorization = "Bearer 0123456789abcdef0123456789abcde";
    assert_int_equal(status_of(q), SERVE_UNAUTHORIZED);
    q.authorization = "Basic 0123456789abcdef0123456789abcdef";
    assert_int_equal(status_of(q), SERVE_UNAUTHORIZED);
}

static void the_first_address_lets_in(void **state)
{
    serve_request q = get("/?token=0123456789abcdef0123456789abcdef");
    serve_route route;
    rr_error err = { RR_OK, -1, "" };

    (void)state;
    q.cookie = NULL;
    assert_int_equal(serve_receive(&site, &q, &route, &err), SERVE_OK);
    assert_int_equal(route.kind, SERVE_ENTER);
    serve_route_clear(&route);
    q.target = "/?token=0123456789abcdef0123456789abcdee";
    assert_int_equal(status_of(q), SERVE_UNAUTHORIZED);
    q.cookie = COOKIE; /* a wrong token is not made good by an old cookie */
    assert_int_equal(status_of(q), SERVE_UNAUTHORIZED);
}

static void tokens_are_never_the_same(void **state)
{
    char a[SERVE_TOKEN + 1], b[SERVE_TOKEN + 1];
    rr_error err = { RR_OK, -1, "" };

    (void)state;
    CHECK_OK(serve_token_new(a, &err), err);
    CHECK_OK(serve_token_new(b, &err), err);
    assert_int_equal(strspn(a, "0123456789abcdef"), SERVE_TOKEN);
    assert_int_equal(strlen(a), SERVE_TOKEN);
    assert_string_not_equal(a, b);
}

static void addresses_lead_to_their_parts(void **state)
{
    serve_request q = get("/api/explain.csv?sample=3&run=2&text=a+%22film%22%2C%20b&loud&list=x");
    serve_route route;
    rr_error err = { RR_OK, -1, "" };

    (void)state;
    assert_int_equal(serve_receive(&site, &q, &route, &err), SERVE_OK);
    assert_int_equal(route.kind, SERVE_ANSWER);
    assert_ptr_equal(route.command, &explain);
    assert_int_equal(route.format, CLI_FORMAT_CSV);
    assert_int_equal(route.run, 1);
    assert_int_equal(route.count, 4);
    assert_string_equal(route.parameters[1].name, "text");
    assert_string_equal(route.parameters[1].value, "a \"film\", b");
    assert_string_equal(route.parameters[2].value, "1"); /* a flag */
    serve_route_clear(&route);
    q = get("/data/train.frames.0");
    assert_int_equal(serve_receive(&site, &q, &route, &err), SERVE_OK);
    assert_int_equal(route.kind, SERVE_BLOCK);
    assert_string_equal(route.name, "train.frames.0");
    serve_route_clear(&route);
    q = get("/api/");
    assert_int_equal(serve_receive(&site, &q, &route, &err), SERVE_OK);
    assert_int_equal(route.kind, SERVE_INDEX);
    serve_route_clear(&route);
    assert_int_equal(status_of(get("/api/train.json")), SERVE_NOT_FOUND); /* it has no answer */
    assert_int_equal(status_of(get("/api/explain")), SERVE_NOT_FOUND);
    assert_int_equal(status_of(get("/api/explain.html")), SERVE_NOT_FOUND);
    assert_int_equal(status_of(get("/api/.json")), SERVE_NOT_FOUND);
    assert_int_equal(status_of(get("/api")), SERVE_NOT_FOUND);
    assert_int_equal(status_of(get("//")), SERVE_NOT_FOUND);
    assert_int_equal(status_of(get("/index.html")), SERVE_NOT_FOUND);
    assert_int_equal(status_of(get("/api/explain.json?run=3")), SERVE_BAD_REQUEST);
}

static void malformed_addresses_are_refused(void **state)
{
    static const char *const bad[] = { "data",
                                       "*",
                                       "http://127.0.0.1:8788/",
                                       "/%",
                                       "/%2",
                                       "/%zz",
                                       "/%00",
                                       "/data/%0a",
                                       "/%ff",
                                       "/api/explain.json?text=%ff",
                                       "/api/explain.json?text=%00",
                                       "/?%1b=1",
                                       "/\x01",
                                       "/\x7f" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(status_of(get(bad[i])), SERVE_BAD_REQUEST);
}

static void long_addresses_and_many_parameters_are_refused(void **state)
{
    char target[SERVE_MOST_TARGET + 2];
    char *to = target;

    (void)state;
    memset(target, 'a', sizeof target);
    target[0] = '/';
    target[sizeof target - 1] = '\0';
    assert_int_equal(status_of(get(target)), SERVE_TARGET_TOO_LONG);
    target[sizeof target - 2] = '\0';
    assert_int_equal(status_of(get(target)), SERVE_NOT_FOUND);
    to += sprintf(to, "/api/explain.json?");
    for (int i = 0; i < SERVE_MOST_PARAMETERS; i++)
        to += sprintf(to, "a=1&");
    assert_int_equal(status_of(get(target)), SERVE_OK);
    (void)sprintf(to, "a=1");
    assert_int_equal(status_of(get(target)), SERVE_BAD_REQUEST);
}

static void methods_and_bodies_have_their_limits(void **state)
{
    static const char *const methods[] = { "PUT", "DELETE", "OPTIONS", "TRACE", "get", "" };
    serve_request q = get("/");
    serve_route route;
    rr_error err = { RR_OK, -1, "" };

    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        q.method = methods[i];
        assert_int_equal(status_of(q), SERVE_NOT_ALLOWED);
    }
    q.method = "HEAD";
    assert_int_equal(status_of(q), SERVE_OK);
    q = post("/api/explain.json");
    assert_int_equal(serve_receive(&site, &q, &route, &err), SERVE_OK);
    assert_true(route.posted && route.body == 12);
    serve_route_clear(&route);
    q.content_type = "Application/JSON; charset=utf-8";
    assert_int_equal(status_of(q), SERVE_OK);
    q.content_type = "application/jsonx";
    assert_int_equal(status_of(q), SERVE_WRONG_TYPE);
    q.content_type = "text/plain"; /* what a form of another site can send */
    assert_int_equal(status_of(q), SERVE_WRONG_TYPE);
    q.content_type = NULL;
    assert_int_equal(status_of(q), SERVE_WRONG_TYPE);
    q = post("/api/explain.json");
    q.content_length = "1048577";
    assert_int_equal(status_of(q), SERVE_BODY_TOO_LARGE);
    q.content_length = "1048576";
    assert_int_equal(status_of(q), SERVE_OK);
    q.content_length = "-1";
    assert_int_equal(status_of(q), SERVE_LENGTH_REQUIRED);
    q.content_length = "12";
    q.chunked = 1;
    assert_int_equal(status_of(q), SERVE_LENGTH_REQUIRED);
    assert_int_equal(status_of(post("/api/predict.json")), SERVE_NOT_ALLOWED);
    assert_int_equal(status_of(post("/api/explain.csv")), SERVE_NOT_ALLOWED);
    assert_int_equal(status_of(post("/")), SERVE_NOT_ALLOWED);
    assert_int_equal(status_of(post("/data/manifest")), SERVE_NOT_ALLOWED);
}

static void every_failed_allocation_is_an_error_of_the_server(void **state)
{
    const serve_request q = get("/api/explain.json?sample=3");
    serve_route route;
    rr_error err = { RR_OK, -1, "" };
    unsigned status = SERVE_INTERNAL;
    long tries = 0;

    (void)state;
    for (; status == SERVE_INTERNAL; tries++) {
        rri_alloc_fail_at = tries;
        status = serve_receive(&site, &q, &route, &err);
    }
    rri_alloc_fail_at = -1;
    assert_int_equal(status, SERVE_OK);
    assert_true(tries == 3);
    serve_route_clear(&route);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_this_hosts_names_are_served),
        cmocka_unit_test(pages_of_other_sites_are_refused),
        cmocka_unit_test(the_token_is_needed_for_everything),
        cmocka_unit_test(the_first_address_lets_in),
        cmocka_unit_test(tokens_are_never_the_same),
        cmocka_unit_test(addresses_lead_to_their_parts),
        cmocka_unit_test(malformed_addresses_are_refused),
        cmocka_unit_test(long_addresses_and_many_parameters_are_refused),
        cmocka_unit_test(methods_and_bodies_have_their_limits),
        cmocka_unit_test(every_failed_allocation_is_an_error_of_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
