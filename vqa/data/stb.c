/* The body of stb_image, in a file of its own because it is compiled without warnings. */
/* (Its HDR reader, as of 2.27, goes on for ever where a file ends in the middle of a row.) */
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_PIC
#define STBI_NO_STDIO
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>
