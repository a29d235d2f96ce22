/* Runs every file of the folders named on the command line through the fuzz target once. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_folder(const char *path, unsigned *count)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (!dir)
        return -errno;
    while ((entry = readdir(dir))) {
        char file[4096];
        struct buf bytes = {0};
        uint8_t *exact;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (file_read(file, 1U << 24, &bytes) < 0) {
            closedir(dir);
            return -EIO;
        }
        /* An allocation of exactly this size lets the sanitizer see a read of one byte too many. */
        exact = malloc(bytes.len ? bytes.len : 1);
        if (exact && bytes.len)
            memcpy(exact, bytes.data, bytes.len);
        if (exact)
            (void)LLVMFuzzerTestOneInput(exact, bytes.len);
        free(exact);
        buf_done(&bytes);
        ++*count;
    }
    closedir(dir);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned count = 0;

    for (int i = 1; i < argc; i++) {
        if (replay_folder(argv[i], &count) < 0) {
            fprintf(stderr, "cannot read %s\n", argv[i]);
            return 1;
        }
    }
    printf("%u inputs\n", count);
    return count ? 0 : 1;
}
