/* One value, against what its field allows. */
WORDS_ROW(VALUE_MUST_BE, "value.must-be", "{path} must be {wanted}.", "{path}必须是{wanted}。",
          "path", "wanted")
WORDS_ROW(VALUE_TOO_LONG, "value.too-long", "{path} must have at most {max} characters.",
          "{path}最多{max}个字符。", "path", "max")
WORDS_ROW(WANT_STRING, "want.string", "a string", "字符串")
