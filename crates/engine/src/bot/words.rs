//! The words.

use super::Kind::{self, Crawler, Monitor, Preview};

/// Words of user agents, lower case.
pub const WORDS: [(&str, Kind); 30] = [
    ("facebookexternalhit", Preview),
    ("linkedinbot", Preview),
    ("twitterbot", Preview),
    ("slackbot", Preview),
    ("discordbot", Preview),
    ("telegrambot", Preview),
    ("redditbot", Preview),
    ("whatsapp", Preview),
    ("skypeuri", Preview),
    ("embedly", Preview),
    ("iframely", Preview),
    ("vkshare", Preview),
    ("preview", Preview),
    ("bot", Crawler),
    ("crawl", Crawler),
    ("spider", Crawler),
    ("slurp", Crawler),
    ("facebookcatalog", Crawler),
    ("quora link", Crawler),
    ("scrapy", Crawler),
    ("feedfetcher", Crawler),
    ("google-read-aloud", Crawler),
    ("w3c_validator", Monitor),
    ("pingdom", Monitor),
    ("uptime", Monitor),
    ("monitor", Monitor),
    ("statuscake", Monitor),
    ("checkly", Monitor),
    ("lighthouse", Monitor),
    ("better uptime", Monitor),
];
