/* SPDX-License-Identifier: MIT */
/* test_replies.c - what is answered: JSON that holds input as text, statuses, policies. */
#include "program.h"

#include "serve/reply.h"

static const serve_site site = { .port = 8788, .token = "0123456789abcdef0123456789abcdef" };

/* Commands of this test look at no session: any address does. */
static serve_content content_of_one(void)
{
    static char nothing;

    return (serve_content){ .html = "<p>page</p>",
                            .html_bytes = 11,
                            .runs = { (rr_session *)(void *)&nothing, NULL },
                            .names = { "a \"<b>\"", NULL } };
}

/* The document of a reply, which is cleared. */
static json_t *document_of(serve_reply *r)
{
    json_error_t fault;
    json_t *document = json_loadb(r->bytes, r->size, 0, &fault);

    assert_non_null(document);
    assert_string_equal(r->type, "application/json");
    serve_reply_clear(r);
    return document;
}

static serve_reply answer(serve_content *content, const char *name, const char *value,
                          const char *body)
{
    cli_parameter one = { .name = name, .value = value };
    serve_route route = {
        .kind = SERVE_ANSWER, .command = &explain, .parameters = &one, .count = name != NULL
    };

    return serve_work(content, &route, body, body != NULL ? strlen(body) : 0);
}

/* The status, and whether the message has a text. */
static unsigned status_of(serve_reply r, const char *part)
{
    const unsigned status = r.status;
    json_t *document = document_of(&r);
    const json_t *error = json_object_get(document, "error");

    assert_int_equal(json_integer_value(json_object_get(error, "status")), status);
    assert_true(strlen(json_string_value(json_object_get(error, "code"))) > 0);
    assert_non_null(strstr(json_string_value(json_object_get(error, "message")), part));
    json_decref(document);
    return status;
}

static void errors_hold_input_as_text(void **state)
{
    const serve_content content = content_of_one();
    rr_error err = { RR_ERR_ARG, -1, "no \"<script>\xFF</script>\"" };
    serve_reply r = serve_error(SERVE_NOT_FOUND, &err);

    (void)state;
    assert_int_equal(r.status, SERVE_NOT_FOUND);
    assert_int_equal(status_of(r, "no \"<script>?</script>\""), SERVE_NOT_FOUND);
    err.msg[0] = '\0';
    assert_int_equal(status_of(serve_error(SERVE_INTERNAL, &err), "argument"), SERVE_INTERNAL);
    (void)content;
}

static void commands_answer_with_parameters_of_address_and_body(void **state)
{
    serve_content content = content_of_one();
    serve_reply r =
        answer(&content, "sample", "3", "{\"loud\": true, \"frames\": [[1, 2], [3, 4], [5, 6]]}");

    (void)state;
    assert_int_equal(r.status, SERVE_OK);
    json_t *document = document_of(&r);
    assert_int_equal(json_integer_value(json_object_get(document, "sample")), 3);
    assert_true(json_is_true(json_object_get(document, "loud")));
    assert_int_equal(json_integer_value(json_object_get(document, "steps")), 3);
    json_decref(document);
}

static void failures_have_their_status(void **state)
{
    serve_content content = content_of_one();
    serve_route second = { .kind = SERVE_ANSWER, .command = &explain, .run = 1 };

    (void)state;
    assert_int_equal(status_of(answer(&content, "sample", "x", NULL), "sample x"),
                     SERVE_BAD_REQUEST);
    assert_int_equal(status_of(answer(&content, "simple", "1", NULL), "simple"), SERVE_BAD_REQUEST);
    assert_int_equal(status_of(answer(&content, "sample", "1", "{\"sample\": 2}"), "twice"),
                     SERVE_BAD_REQUEST);
    assert_int_equal(status_of(answer(&content, "sample", "9", NULL), "of another shape"),
                     SERVE_UNPROCESSABLE);
    assert_int_equal(status_of(answer(&content, NULL, NULL, "{"), "body"), SERVE_BAD_REQUEST);
    assert_int_equal(status_of(answer(&content, NULL, NULL, "{\"words\": 1}"), "words"),
                     SERVE_UNPROCESSABLE);
    assert_int_equal(status_of(serve_work(&content, &second, NULL, 0), "one run"),
                     SERVE_BAD_REQUEST);
}

static void the_index_lists_what_a_request_may_ask(void **state)
{
    const serve_content content = content_of_one();
    const serve_route route = { .kind = SERVE_INDEX };
    serve_reply r = serve_at_once(&site, &content, &route);

    (void)state;
    json_t *document = document_of(&r);
    const json_t *list = json_object_get(document, "commands");
    assert_int_equal(json_array_size(list), 2); /* train has no answer */
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "json")),
                        "/api/predict.json");
    const json_t *options = json_object_get(json_array_get(list, 0), "parameters");
    assert_int_equal(json_array_size(options), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(options, 0), "name")),
                        "sample");
    assert_string_equal(json_string_value(json_object_get(json_array_get(options, 0), "default")),
                        "7");
    assert_true(json_is_null(json_object_get(json_array_get(options, 1), "default")));
    const json_t *run = json_array_get(json_object_get(document, "runs"), 0);
    assert_string_equal(json_string_value(json_object_get(run, "name")), "a \"<b>\"");
    assert_int_equal(json_array_size(json_object_get(document, "runs")), 1);
    json_decref(document);
}

static void the_token_becomes_a_cookie_that_scripts_and_other_sites_lack(void **state)
{
    const serve_content content = content_of_one();
    const serve_route route = { .kind = SERVE_ENTER };
    serve_reply r = serve_at_once(&site, &content, &route);

    (void)state;
    assert_int_equal(r.status, SERVE_SEE_OTHER);
    assert_string_equal(r.location, "/");
    assert_string_equal(r.cookie, "rnnrepair-8788=0123456789abcdef0123456789abcdef; Path=/; "
                                  "HttpOnly; SameSite=Strict");
    serve_reply_clear(&r);
}

/* The hashes by `printf '%s' TEXT | openssl dgst -sha256 -binary | base64`. */
static void a_policy_names_the_pages_own_script_and_style(void **state)
{
    static const char html[] =
        "<style>p{color:red}</style><p>x</p><script>document.title='a'</script>";
    char policy[512];
    rr_error err = { RR_OK, -1, "" };

    (void)state;
    CHECK_OK(serve_policy(html, sizeof html - 1, policy, &err), err);
    assert_non_null(
        strstr(policy, "script-src 'sha256-t2JNscN/VgQhnYeqncCr/rOPfDNbUKRIsBbfxTpGvRo='"));
    assert_non_null(
        strstr(policy, "style-src 'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='"));
    assert_memory_equal(policy, "default-src 'none'; ", 20);
    assert_null(strstr(policy, "unsafe"));
    CHECK_FAILS(serve_policy("<style></style>", 15, policy, &err), RR_ERR_FORMAT, err, "<script>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_hold_input_as_text),
        cmocka_unit_test(commands_answer_with_parameters_of_address_and_body),
        cmocka_unit_test(failures_have_their_status),
        cmocka_unit_test(the_index_lists_what_a_request_may_ask),
        cmocka_unit_test(the_token_becomes_a_cookie_that_scripts_and_other_sites_lack),
        cmocka_unit_test(a_policy_names_the_pages_own_script_and_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
