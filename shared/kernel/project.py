"""The maker and the licence of the software, as every document of a service states them."""

CONTACT = {"name": "The library-services authors", "url": "https://library.example"}
LICENSE = "Apache-2.0"
LICENSE_NAME = "Apache License 2.0"
LICENSE_URL = "https://www.apache.org/licenses/LICENSE-2.0"
